package etcdclient

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	a := newAuthority(t)
	ca := a.write(t, filepath.Join(dir, "ca"))
	day := 24 * time.Hour
	for name, valid := range map[string][2]time.Duration{"good": {-day, day}, "expired": {-2 * day, -day}, "early": {day, 2 * day}} {
		a.issue(t, time.Now().Add(valid[0]), time.Now().Add(valid[1])).write(t, filepath.Join(dir, name))
	}
	noPEM := filepath.Join(dir, "text")
	if err := os.WriteFile(noPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	client := func(ca, name string) TLS {
		return TLS{CA: ca, Cert: filepath.Join(dir, name+".crt"), Key: filepath.Join(dir, name+".key")}
	}
	tests := []struct {
		name     string
		tls      TLS
		want     string // in the message, or in the error
		ok       bool
		deferred bool
	}{
		{"none", TLS{}, "none are given", true, false},
		{"all good", client(ca, "good"), "valid until", true, false},
		{"authorities alone", TLS{CA: ca}, "can be read", true, false},
		{"expired", client(ca, "expired"), "renew it", false, false},
		{"not valid yet", client(ca, "early"), "check this machine's clock", false, false},
		{"not there yet", client(ca, "later"), "no such file", false, true},
		{"not there yet, authorities", client(filepath.Join(dir, "later"), "good"), "tls.ca", false, true},
		{"authorities not there yet, certificate expired", client(filepath.Join(dir, "later"), "expired"), "renew it", false, false},
		{"no PEM", client(noPEM, "good"), "no PEM certificate", false, false},
		{"another one's key", TLS{Cert: filepath.Join(dir, "good.crt"), Key: filepath.Join(dir, "early.key")}, "private key", false, false},
	}
	for _, tt := range tests {
		got := Auth{TLS: tt.tls}.Certificates()
		said := got.Message
		if got.Err != nil {
			said = got.Err.Error()
		}
		if got.Name != "certificates" || (got.Err == nil) != tt.ok || got.Defer != tt.deferred || !strings.Contains(said, tt.want) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
