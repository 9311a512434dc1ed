package keys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"
)

// Name is the name of every key in a signed note. People tell keys apart by
// their fingerprint.
const Name = "drplan"

// Public is the key with which a signature is checked.
type Public struct{ key ed25519.PublicKey }

// Fingerprint is what ssh-keygen -l prints of the key, such as SHA256:lRv2….
func (p Public) Fingerprint() string { return ssh.FingerprintSHA256(p.ssh()) }

// Equal reports whether two keys are one.
func (p Public) Equal(q Public) bool { return p.key.Equal(q.key) }

// SSH is the key as a line of OpenSSH, without a newline.
func (p Public) SSH() string {
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(p.ssh())), "\n")
}

// PEM is the key as openssl reads it.
func (p Public) PEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(p.key)
	if err != nil {
		panic(err) // an Ed25519 key can be written down
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Verifier is the key as tools for signed notes read it.
func (p Public) Verifier() string {
	text, err := note.NewEd25519VerifierKey(Name, p.key)
	if err != nil {
		panic(err) // an Ed25519 key can be written down
	}
	return text
}

func (p Public) ssh() ssh.PublicKey {
	key, err := ssh.NewPublicKey(p.key)
	if err != nil {
		panic(err) // an Ed25519 key can be written down
	}
	return key
}

// errNoPublic says what a public key looks like.
var errNoPublic = errors.New("it holds no Ed25519 public key: a line that begins with ssh-ed25519, a PEM block PUBLIC KEY, or a note's verifier drplan+…")

// ParsePublic reads public keys: lines of OpenSSH (also those of an
// allowed_signers file), PEM blocks, verifiers of notes. Empty lines and lines
// that begin with # are passed over. At least one key is found, or it is an error.
func ParsePublic(data []byte) ([]Public, error) {
	if bytes.Contains(data, []byte("PRIVATE KEY-----")) {
		return nil, errors.New("it is a private key, which whoever checks must not have: drplan keys show prints its public one")
	}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return parsePEM(data)
	}
	var all []Public
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := parseLine(line)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	if len(all) == 0 {
		return nil, errNoPublic
	}
	return all, nil
}

func parsePEM(data []byte) ([]Public, error) {
	var all []Public
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		data = rest
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		ed, ok := key.(ed25519.PublicKey)
		if err != nil || !ok {
			return nil, errNoPublic
		}
		all = append(all, Public{ed})
	}
	if len(all) == 0 {
		return nil, errNoPublic
	}
	return all, nil
}

func parseLine(line string) (Public, error) {
	if strings.HasPrefix(line, Name+"+") {
		return parseVerifier(line)
	}
	at := strings.Index(line, ssh.KeyAlgoED25519+" ") // what stands before it names the signer, or is an option
	if at < 0 {
		return Public{}, errNoPublic
	}
	parsed, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line[at:]))
	if err != nil {
		return Public{}, errNoPublic
	}
	return fromSSH(parsed)
}

// parseVerifier checks the text by what notes make of it, and takes the key out.
func parseVerifier(line string) (Public, error) {
	if _, err := note.NewVerifier(line); err != nil {
		return Public{}, fmt.Errorf("the verifier %q: %w", line, err)
	}
	raw, err := base64.StdEncoding.DecodeString(line[strings.LastIndex(line[:len(Name)+10], "+")+1:])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return Public{}, errNoPublic
	}
	return Public{raw[1:]}, nil
}

// fromSSH takes the Ed25519 key out of one of SSH's.
func fromSSH(key ssh.PublicKey) (Public, error) {
	if plain, ok := key.(ssh.CryptoPublicKey); ok {
		if ed, ok := plain.CryptoPublicKey().(ed25519.PublicKey); ok && key.Type() == ssh.KeyAlgoED25519 {
			return Public{ed}, nil
		}
	}
	return Public{}, fmt.Errorf("a key of type %s: drplan signs with ssh-ed25519 alone", key.Type())
}

// Raw is the key's 32 bytes.
func (p Public) Raw() []byte { return p.key }
