package etcdclient

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
)

func TestMain(m *testing.M) { labtest.Main(m) }

func labConn(t *testing.T) Conn {
	lab := labtest.Shared(t)
	return Conn{Endpoints: lab.Etcd.Endpoints, Auth: Auth{TLS: TLS{CA: lab.Etcd.CACert, Cert: lab.Etcd.Cert, Key: lab.Etcd.Key}}}
}

func TestDialReturnsOnceOneAnswers(t *testing.T) {
	c := labConn(t)
	c.Endpoints = append([]string{"https://" + listen(t, nil)}, c.Endpoints...)
	client, err := c.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Put(t.Context(), "/dial", "1"); err != nil {
		t.Error(err)
	}
}

// TestErrorsSayWhatIsWrong: none may be a bare "deadline exceeded".
func TestErrorsSayWhatIsWrong(t *testing.T) {
	good := labConn(t)
	dir := t.TempDir()
	other := newAuthority(t)
	otherCA := other.write(t, filepath.Join(dir, "other-ca"))
	expired := other.issue(t, time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour))
	expired.write(t, filepath.Join(dir, "expired"))
	stranger := other.issue(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	stranger.write(t, filepath.Join(dir, "stranger"))
	pair := func(name string) (string, string) {
		return filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	}

	tests := []struct {
		name   string
		change func(*Conn)
		want   string
		final  bool
	}{
		{"nothing listens", func(c *Conn) { c.Endpoints = []string{"https://" + closed(t)} }, "connection refused", false},
		{"no answer", func(c *Conn) { c.Endpoints = []string{"https://" + listen(t, nil)} }, "no answer in time", false},
		{"wrong authority", func(c *Conn) { c.TLS.CA = otherCA }, "not signed by an authority of " + otherCA, true},
		{"no authority", func(c *Conn) { c.TLS.CA = "" }, "the system's certificate store", true},
		{"no client certificate", func(c *Conn) { c.TLS.Cert, c.TLS.Key = "", "" }, "the server wants a client certificate", true},
		{"a stranger's client certificate", func(c *Conn) { c.TLS.Cert, c.TLS.Key = pair("stranger") }, "refuses the client certificate", true},
		{"expired client certificate", func(c *Conn) { c.TLS.Cert, c.TLS.Key = pair("expired") }, "client certificate", true},
		{"expired server certificate", func(c *Conn) {
			c.TLS.CA = otherCA
			c.Endpoints = []string{"https://" + listen(t, &tls.Config{Certificates: []tls.Certificate{expired.pair(t)}})}
		}, "the server's certificate is valid from", true},
		{"another host's certificate", func(c *Conn) { c.TLS.ServerName = "elsewhere.example" }, "tls.server_name", true},
		{"no file", func(c *Conn) { c.TLS.CA = filepath.Join(dir, "none") }, "tls.ca", true},
		{"no certificate in the file", func(c *Conn) { c.TLS.CA = filepath.Join(dir, "expired.key") }, "holds no PEM certificate", true},
		{"no port", func(c *Conn) { c.Endpoints = []string{"https://127.0.0.1"} }, "no port", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			c.Endpoints = c.Endpoints[:1]
			c.DialTimeout = steps.Duration(500 * time.Millisecond)
			tt.change(&c)
			begun := time.Now()
			client, err := c.Dial(t.Context())
			if err == nil {
				client.Close()
				t.Fatal("connected")
			}
			if !strings.Contains(err.Error(), tt.want) || steps.IsFinal(err) != tt.final {
				t.Errorf("final %v, error %q\nwant final %v, with %q", steps.IsFinal(err), err, tt.final, tt.want)
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestPassword(t *testing.T) {
	lab := labtest.Private(t)
	c := labConn(t)
	c.Endpoints = lab.Etcd.Endpoints
	c.TLS = TLS{CA: lab.Etcd.CACert, Cert: lab.Etcd.Cert, Key: lab.Etcd.Key}
	admin := lab.Etcd.Client(t)
	_, err := admin.UserAdd(t.Context(), "root", "tiger-42")
	if err == nil {
		_, err = admin.RoleAdd(t.Context(), "root")
	}
	if err == nil {
		_, err = admin.UserGrantRole(t.Context(), "root", "root")
	}
	if err == nil {
		_, err = admin.AuthEnable(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Username, c.Password = "root", "tiger-42"
	client, err := c.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	c.Password = "panther-43"
	_, err = c.Dial(t.Context())
	if err == nil || !steps.IsFinal(err) || !strings.Contains(err.Error(), "wrong user name or password") {
		t.Errorf("error %v", err)
	}
	if strings.Contains(err.Error(), "panther-43") {
		t.Errorf("the password is in the error: %v", err)
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name    string
		conn    Conn
		partial bool
		want    string // "" is valid
	}{
		{"good", Conn{Endpoints: []string{"https://a:1", "b:2"}}, false, ""},
		{"an expression", Conn{Endpoints: []string{""}}, true, ""},
		{"none", Conn{}, false, "endpoints"},
		{"scheme", Conn{Endpoints: []string{"ftp://a:1"}}, false, "endpoints[0]"},
		{"no host", Conn{Endpoints: []string{"https://"}}, false, "no host"},
		{"plain with tls", Conn{Endpoints: []string{"http://a:1"}, Auth: Auth{TLS: TLS{CA: "ca"}}}, false, "write https://"},
		{"cert without key", Conn{Endpoints: []string{"a:1"}, Auth: Auth{TLS: TLS{Cert: "c"}}}, false, "go together"},
		{"password alone", Conn{Endpoints: []string{"a:1"}, Auth: Auth{Password: "p"}}, false, "username"},
		{"timeout", Conn{Endpoints: []string{"a:1"}, Auth: Auth{DialTimeout: -1}}, false, "dial_timeout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.conn.Validate(tt.partial)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// listen accepts connections: with a config it shakes hands, without it is silent.
func listen(t *testing.T, cfg *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if cfg != nil {
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() { defer conn.Close(); _ = tls.Server(conn, cfg).Handshake() }()
			}
		}()
	}
	return l.Addr().String()
}

func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// authority is a certificate with its key; it may sign others.
type authority struct {
	cert *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	return authority{}.issue(t, time.Now().Add(-100*time.Hour), time.Now().Add(100*time.Hour))
}

func (a authority) issue(t *testing.T, from, to time.Time) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: to,
		IsCA: a.cert == nil, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, der, key}
}

func (a authority) pair(t *testing.T) tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{a.der}, PrivateKey: a.key}
}

// write writes name.crt and name.key and returns the first.
func (a authority) write(t *testing.T, name string) string {
	t.Helper()
	key, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	for suffix, block := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: a.der}, ".key": {Type: "EC PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(name+suffix, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return name + ".crt"
}
