package keys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

const text = "drplan.dev/test/v1\nrun x\n"

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func fresh(t *testing.T) (ed25519.PrivateKey, Public) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key, Public{public}
}

// TestForms: a key is the same key in every form that it is written in.
func TestForms(t *testing.T) {
	key, public := fresh(t)
	block, err := ssh.MarshalPrivateKey(key, "me@here")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"PKCS #8": pkcs8(t, key), "OpenSSH": pem.EncodeToMemory(block)} {
		s, err := ParsePrivate(data)
		if err != nil || !s.Public().Equal(public) {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := ParsePublic(data); err == nil || !strings.Contains(err.Error(), "private key") {
			t.Errorf("%s: taken for a public key: %v", name, err)
		}
		note, err := Seal(text, s)
		if err != nil {
			t.Fatal(err)
		}
		if got, by, err := Open(note, []Public{public}); got != text || !by.Equal(public) || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, data := range map[string]string{
		"ssh": public.SSH() + " me@here\n", "allowed signers": "# who\nme@here namespaces=\"drplan\" " + public.SSH() + "\n",
		"PEM": string(public.PEM()), "note": public.Verifier() + "\n",
	} {
		all, err := ParsePublic([]byte(data))
		if err != nil || len(all) != 1 || !all[0].Equal(public) {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
	two, err := ParsePublic([]byte(public.SSH() + "\n" + public.Verifier() + "\n"))
	if err != nil || len(two) != 2 {
		t.Errorf("two keys: %v, %v", two, err)
	}
}

func TestRefusedKeys(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	key, public := fresh(t)
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParsePrivate(pem.EncodeToMemory(locked)); !errors.Is(err, ErrPassphrase) {
		t.Errorf("locked: %v", err)
	}
	for name, data := range map[string][]byte{"RSA": pkcs8(t, other), "nothing": nil, "a public key": public.PEM(), "half": pkcs8(t, key)[:60]} {
		if s, err := ParsePrivate(data); err == nil {
			t.Errorf("%s is a private key: %v", name, s)
		}
	}
	rsaPublic, err := ssh.NewPublicKey(&other.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"RSA": string(ssh.MarshalAuthorizedKey(rsaPublic)), "nothing": "", "comments": "# none\n", "half": public.SSH()[:40], "a word": "key",
		"a verifier's hash": strings.Replace(public.Verifier(), "+", "+0", 1), "half a PEM": string(public.PEM()[:50]),
	} {
		if all, err := ParsePublic([]byte(data)); err == nil {
			t.Errorf("%s: %v", name, all)
		}
	}
}

// TestEveryByteOfANote: none can change unseen, those of the signature's line
// included.
func TestEveryByteOfANote(t *testing.T) {
	key, public := fresh(t)
	note, err := Seal(text, held{key})
	if err != nil {
		t.Fatal(err)
	}
	for i := range note {
		for bit := range 8 {
			bad := bytes.Clone(note)
			bad[i] ^= 1 << bit
			if _, _, err := Open(bad, []Public{public}); err == nil {
				t.Fatalf("byte %d, bit %d: %q", i, bit, bad)
			}
		}
	}
	_, stranger := fresh(t)
	if got, _, err := Open(note, []Public{stranger}); !errors.Is(err, ErrStranger) || got != text {
		t.Errorf("a stranger's: %q, %v", got, err)
	}
	for name, bad := range map[string][]byte{
		"two signatures": append(bytes.Clone(note), note[bytes.Index(note, []byte("— ")):]...), "none": []byte(text), "nothing": nil,
		"something after": append(bytes.Clone(note), '\n'), "without its newline": note[:len(note)-1],
	} {
		if _, _, err := Open(bad, []Public{public}); !errors.Is(err, ErrNoNote) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// serve is a real agent on a socket of its own, with the keys given.
func serve(t *testing.T, with ...agent.AddedKey) (socket string) {
	t.Helper()
	ring := agent.NewKeyring()
	for _, key := range with {
		if err := ring.Add(key); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp("", "agent") // a socket's path may not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = agent.ServeAgent(ring, conn) // it ends with the connection
				conn.Close()
			}()
		}
	}()
	return socket
}

func TestAgent(t *testing.T) {
	key, public := fresh(t)
	second, _ := fresh(t)
	other, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey := agent.AddedKey{PrivateKey: other, Comment: "rsa"}
	mine := agent.AddedKey{PrivateKey: &key, Comment: "mine"}
	theirs := agent.AddedKey{PrivateKey: &second, Comment: "theirs"}
	one, two := serve(t, rsaKey, mine), serve(t, mine, theirs)
	for name, ask := range map[string]func() (Signer, error){
		"the only one":   func() (Signer, error) { return Agent(one, "") },
		"by comment":     func() (Signer, error) { return Agent(two, "mine") },
		"by fingerprint": func() (Signer, error) { return Agent(two, public.Fingerprint()) },
		"by public key":  func() (Signer, error) { return AgentHas(two, public) },
	} {
		s, err := ask()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		note, err := Seal(text, s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, by, err := Open(note, []Public{public}); err != nil || !by.Equal(public) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, ask := range map[string]func() (Signer, error){
		"two of them": func() (Signer, error) { return Agent(two, "") },
		"none":        func() (Signer, error) { return Agent(serve(t, rsaKey), "") },
		"another":     func() (Signer, error) { return Agent(one, "theirs") },
		"no agent":    func() (Signer, error) { return Agent("", "") },
		"no answer":   func() (Signer, error) { return Agent(filepath.Join(t.TempDir(), "s"), "") },
	} {
		if s, err := ask(); err == nil {
			t.Errorf("%s: %v", name, s.Public().Fingerprint())
		}
	}
}

// TestWithoutDrplan: openssl checks a note with the public key alone, as
// docs/evidence.md says, and ssh-keygen knows the key by the same fingerprint.
func TestWithoutDrplan(t *testing.T) {
	for _, tool := range []string{"openssl", "ssh-keygen", "base64"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: what it makes of our files cannot be seen here", tool)
		}
	}
	private, public, err := New("me@here")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ParsePrivate(private)
	if err != nil {
		t.Fatal(err)
	}
	note, err := Seal(text, signer)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"key": private, "key.pub": []byte(public.SSH() + "\n"), "note": note} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := `set -e
ssh-keygen -lf key.pub | cut -d' ' -f2
test "$(ssh-keygen -yf key | cut -d' ' -f1,2)" = "$(cut -d' ' -f1,2 key.pub)"
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cut -d' ' -f2 key.pub | base64 -d | tail -c 32; } >key.der
sed '/^$/,$d' note >text
sed -n 's/^— drplan //p' note | base64 -d | tail -c 64 >signature
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature
echo >>text
! openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature`
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), public.Fingerprint()) || !strings.Contains(string(out), "Verified Successfully") {
		t.Errorf("%v\n%s", err, out)
	}
}
