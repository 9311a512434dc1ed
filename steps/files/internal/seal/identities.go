package seal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
)

// By is what decrypts.
type By struct {
	Key        string // AGE-SECRET-KEY-…; lines, as in a file
	File       string
	Passphrase string
}

// Empty reports whether there is nothing that decrypts.
func (b By) Empty() bool { return b == By{} }

// Identities parses them.
func (b By) Identities() ([]age.Identity, error) {
	var all []age.Identity
	if b.Passphrase != "" {
		id, err := age.NewScryptIdentity(b.Passphrase)
		if err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	if b.Key != "" {
		some, err := parse("identity", strings.NewReader(b.Key))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if b.File != "" {
		f, err := os.Open(b.File)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		some, err := parse(b.File, f)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// parse leaves out age's own words, which may quote the line.
func parse(name string, from io.Reader) ([]age.Identity, error) {
	text, err := io.ReadAll(io.LimitReader(from, 1<<20))
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(string(text), magic) || strings.HasPrefix(string(text), "-----BEGIN AGE ENCRYPTED FILE-----") {
		return nil, fmt.Errorf("%s is encrypted itself: decrypt it first (age -d), and give the result", name)
	}
	some, err := age.ParseIdentities(strings.NewReader(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s holds no private key of age, which begins with AGE-SECRET-KEY-1 and stands on a line of its own", name)
	}
	return some, nil
}

const magic = "age-encryption.org/v1\n"

// Sealed reports whether a file that begins so is encrypted.
func Sealed(beginning []byte) bool { return strings.HasPrefix(string(beginning), magic) }

// ErrWrongKey says that the stream was encrypted for somebody else.
var ErrWrongKey = errors.New("it was not encrypted for this key: find the private key whose public half was among the recipients of the backup")

// ErrWrongPassphrase is for a stream by a passphrase.
var ErrWrongPassphrase = errors.New("the passphrase is wrong, or it was encrypted for keys and not by a passphrase")

// Open decrypts. A stream that was cut or changed ends in an error while it is
// read.
func Open(from io.Reader, by By) (io.Reader, error) {
	identities, err := by.Identities()
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(from, identities...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none) && by.Passphrase != "":
		return nil, ErrWrongPassphrase
	case errors.As(err, &none):
		return nil, ErrWrongKey
	case err != nil:
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	return r, nil
}
