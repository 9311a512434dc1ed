package seal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
)

// To is for whom something is encrypted: public keys, or whoever knows a
// passphrase.
type To struct {
	Keys       []string // age1…
	File       string   // one key a line; # begins a comment
	Passphrase string
}

// Empty reports whether it is for nobody.
func (t To) Empty() bool { return len(t.Keys) == 0 && t.File == "" && t.Passphrase == "" }

// Recipients parses them, all errors at once.
func (t To) Recipients() ([]age.Recipient, error) {
	if t.Passphrase != "" {
		r, err := age.NewScryptRecipient(t.Passphrase)
		return []age.Recipient{r}, err
	}
	var all []age.Recipient
	var errs []error
	for _, key := range t.Keys {
		r, err := Key(key)
		all, errs = append(all, r), append(errs, err)
	}
	if t.File != "" {
		some, err := keysOf(t.File)
		all, errs = append(all, some...), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return all, nil
}

// Key parses one public key. What looks like a private one is not repeated.
func Key(text string) (age.Recipient, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") {
		return nil, errors.New("this is a private key, which no backup needs: give its public half, age1…, as age-keygen -y prints it, and keep the private one elsewhere")
	}
	some, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil || len(some) != 1 {
		return nil, fmt.Errorf("%q is not a public key of age: one begins with age1, and age-keygen prints it", text)
	}
	return some[0], nil
}

func keysOf(file string) ([]age.Recipient, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	some, err := age.ParseRecipients(f)
	if err != nil {
		return nil, fmt.Errorf("%s holds something else than public keys of age, one a line, which begin with age1 (%w)", file, err)
	}
	return some, nil
}

// Seal returns a writer whose Close ends the stream, and closes nothing else.
func Seal(to io.Writer, recipients []age.Recipient) (io.WriteCloser, error) {
	return age.Encrypt(to, recipients...)
}
