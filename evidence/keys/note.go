package keys

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Errors of Open, for errors.Is.
var (
	// ErrStranger: the note is laid out well, and no key that was given has signed it.
	ErrStranger = errors.New("not signed by a key that was given")
	// ErrForged: a key that was given has a signature there, over something else.
	ErrForged = errors.New("the signature does not match the text")
	// ErrNoNote: what should be a signed note is none.
	ErrNoNote = errors.New("it is not laid out as a signed note")
)

// noteSigner is a key as notes use it.
type noteSigner struct {
	Signer
	verifier note.Verifier
}

func (s noteSigner) Name() string    { return s.verifier.Name() }
func (s noteSigner) KeyHash() uint32 { return s.verifier.KeyHash() }

func (p Public) verifier() note.Verifier {
	v, err := note.NewVerifier(p.Verifier())
	if err != nil {
		panic(err) // it was written a moment ago
	}
	return v
}

// Seal signs a text, which ends with a newline.
func Seal(text string, by Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, noteSigner{by, by.Public().verifier()})
}

// Open checks a note of one signature and returns its text, and who has signed
// it. With [ErrStranger] the text is returned too, for what it is worth.
func Open(data []byte, known []Public) (text string, by Public, err error) {
	text, err = split(data)
	if err != nil {
		return "", Public{}, err
	}
	for _, key := range known {
		_, err := note.Open(data, note.VerifierList(key.verifier()))
		var stranger *note.UnverifiedNoteError
		var forged *note.InvalidSignatureError
		switch {
		case err == nil:
			return text, key, nil
		case errors.As(err, &forged):
			return "", Public{}, ErrForged
		case !errors.As(err, &stranger):
			return "", Public{}, fmt.Errorf("%w: %w", ErrNoNote, err)
		}
	}
	return text, Public{}, ErrStranger
}

// signatureSize is what stands behind a note's dash and name: the key's hash, and
// the signature.
const signatureSize = 4 + 64

// split takes a note apart as strictly as Seal writes one: notes may have more
// signatures, and base64 may have loose bits at its end, and then a byte could
// change unseen.
func split(data []byte) (text string, err error) {
	text, line, ok := strings.Cut(string(data), "\n\n")
	if !ok {
		return "", fmt.Errorf("%w: no empty line before a signature", ErrNoNote)
	}
	encoded, ok := strings.CutPrefix(line, "— "+Name+" ")
	encoded, whole := strings.CutSuffix(encoded, "\n")
	if !ok || !whole || strings.Contains(encoded, "\n") {
		return "", fmt.Errorf("%w: one line of %s's signature must end it", ErrNoNote, Name)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != signatureSize || base64.StdEncoding.EncodeToString(raw) != encoded {
		return "", fmt.Errorf("%w: the signature's base64 is damaged", ErrNoNote)
	}
	return text + "\n", nil
}
