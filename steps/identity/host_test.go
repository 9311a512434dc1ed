package identity_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/identity"
)

func TestThisMachine(t *testing.T) {
	raw, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		t.Fatalf("this machine has no machine-id: %v", err)
	}
	id := strings.TrimSpace(string(raw))
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"localhost", "127.0.0.1", "::1", own} {
		if _, err := identity.Host(t.Context(), steps.Host{Address: address, MachineID: strings.ToUpper(id)}); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	var other *identity.MismatchError
	_, err = identity.Host(t.Context(), steps.Host{Address: "localhost", MachineID: "0123"})
	if !errors.As(err, &other) || other.Got != id || other.Want != "0123" {
		t.Errorf("another machine-id: got %v", err)
	}
}

// TestOverSSH has the machine's own ssh ask a server in this process. A program
// named ssh, first on the PATH, adds only where its configuration is.
func TestOverSSH(t *testing.T) {
	port := serve(t, "feed")
	host := steps.Host{Address: "127.0.0.1:" + port, User: "op", MachineID: "feed"}
	if _, err := identity.Host(t.Context(), host); err != nil {
		t.Errorf("the right machine: %v", err)
	}
	host.MachineID = "beef"
	var other *identity.MismatchError
	if _, err := identity.Host(t.Context(), host); !errors.As(err, &other) || other.Got != "feed" {
		t.Errorf("another machine: got %v", err)
	}
	host.User = "stranger"
	if _, err := identity.Host(t.Context(), host); err == nil || !strings.Contains(err.Error(), "Permission denied") {
		t.Errorf("a user who may not: got %v, want ssh's own reason", err)
	}
	host.Address = "127.0.0.1:1"
	if _, err := identity.Host(t.Context(), host); err == nil || !strings.Contains(err.Error(), "Connection refused") {
		t.Errorf("nobody there: got %v, want ssh's own reason", err)
	}
}

// serve answers every command of the user op with a machine-id.
func serve(t *testing.T, id string) (port string) {
	config := &ssh.ServerConfig{PublicKeyCallback: func(c ssh.ConnMetadata, _ ssh.PublicKey) (*ssh.Permissions, error) {
		if c.User() != "op" {
			return nil, errors.New("unknown user")
		}
		return nil, nil
	}}
	config.AddHostKey(clientConfig(t))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answer(conn, config, id)
		}
	}()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

func answer(conn net.Conn, config *ssh.ServerConfig, id string) {
	defer conn.Close()
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for open := range channels {
		channel, requests, err := open.Accept()
		if err != nil {
			return
		}
		for r := range requests {
			_ = r.Reply(r.Type == "exec", nil)
			if r.Type != "exec" {
				continue
			}
			status := uint32(1)
			if strings.HasSuffix(string(r.Payload), "cat /etc/machine-id") {
				fmt.Fprintln(channel, id)
				status = 0
			}
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
			_ = channel.Close()
		}
	}
}

// clientConfig lets the machine's ssh use a key of this test and trust the
// server's, which is the same.
func clientConfig(t *testing.T) ssh.Signer {
	dir := t.TempDir()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	id := file("id", string(pem.EncodeToMemory(block)), 0o600)
	known := file("known_hosts", "* "+string(ssh.MarshalAuthorizedKey(signer.PublicKey())), 0o600)
	conf := file("config", "IdentityFile "+id+"\nIdentitiesOnly yes\nUserKnownHostsFile "+known+"\nGlobalKnownHostsFile /dev/null\n", 0o600)
	file("ssh", "#!/bin/sh\nexec /usr/bin/ssh -F "+conf+" \"$@\"\n", 0o755)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return signer
}
