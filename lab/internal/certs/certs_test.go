package certs

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
)

func TestServersAndClientsAreToldApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(filepath.Join(dir, CACert))
	if err != nil || !pool.AppendCertsFromPEM(ca) {
		t.Fatalf("no authority: %v", err)
	}
	for _, c := range []struct {
		cert, key string
		host      string
		usage     x509.ExtKeyUsage
		ok        bool
	}{
		{ServerCert, ServerKey, "127.0.0.1", x509.ExtKeyUsageServerAuth, true},
		{ServerCert, ServerKey, "::1", x509.ExtKeyUsageServerAuth, true},
		{ServerCert, ServerKey, "localhost", x509.ExtKeyUsageServerAuth, true},
		{ServerCert, ServerKey, "", x509.ExtKeyUsageClientAuth, true}, // members are each other's clients
		{ServerCert, ServerKey, "example.com", x509.ExtKeyUsageServerAuth, false},
		{ClientCert, ClientKey, "", x509.ExtKeyUsageClientAuth, true},
		{ClientCert, ClientKey, "127.0.0.1", x509.ExtKeyUsageServerAuth, false},
	} {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, c.cert), filepath.Join(dir, c.key))
		if err != nil {
			t.Fatal(err)
		}
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: c.host, KeyUsages: []x509.ExtKeyUsage{c.usage}})
		if (err == nil) != c.ok {
			t.Errorf("%s for %q and usage %d: %v, want ok to be %v", c.cert, c.host, c.usage, err, c.ok)
		}
	}
}

func TestMakeIsCompleteOrNot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	if err := os.MkdirAll(dir+".partial", 0o700); err != nil { // a Make that was killed
		t.Fatal(err)
	}
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, CACert))
	if err != nil {
		t.Fatal(err)
	}
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, CACert)); string(after) != string(before) {
		t.Error("a second Make replaced the certificates")
	}
	for _, key := range []string{CAKey, ServerKey, ClientKey} {
		info, err := os.Stat(filepath.Join(dir, key))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", key, info, err)
		}
	}
}
