package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// Signer signs, wherever its key is kept.
type Signer interface {
	Public() Public
	// Sign returns the Ed25519 signature over message, 64 bytes.
	Sign(message []byte) ([]byte, error)
}

// held is a key that this process has.
type held struct{ key ed25519.PrivateKey }

func (h held) Public() Public                      { return Public{h.key.Public().(ed25519.PublicKey)} }
func (h held) Sign(message []byte) ([]byte, error) { return ed25519.Sign(h.key, message), nil }

// ErrPassphrase says that a private key is locked.
var ErrPassphrase = errors.New("the key has a passphrase: give it to your SSH agent (ssh-add) and sign with that (agent)")

// ParsePrivate reads an Ed25519 private key, in PEM as PKCS #8 or in OpenSSH's
// format. One with a passphrase is [ErrPassphrase].
func ParsePrivate(data []byte) (Signer, error) {
	key, err := ssh.ParseRawPrivateKey(data)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, ErrPassphrase
	case err != nil:
		return nil, errors.New("it holds no private key in PEM (PKCS #8) or in OpenSSH's format")
	}
	switch key := key.(type) {
	case *ed25519.PrivateKey: // OpenSSH
		return held{*key}, nil
	case ed25519.PrivateKey: // PKCS #8
		return held{key}, nil
	}
	return nil, fmt.Errorf("the key is of type %T: drplan signs with Ed25519 alone (drplan keys new makes one)", key)
}

// New makes a key. The private one is in OpenSSH's format, so that ssh-add and
// ssh-keygen read it.
func New(comment string) (private []byte, public Public, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, Public{}, err
	}
	block, err := ssh.MarshalPrivateKey(key, comment)
	if err != nil {
		return nil, Public{}, err
	}
	return pem.EncodeToMemory(block), Public{pub}, nil
}
