// Package certs makes a lab's certificates: an authority of its own, one
// certificate for the servers (which are also each other's clients) and one for
// clients. All are ECDSA P-256 and hold for loopback alone.
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Validity is how long the certificates hold; long for a lab, so that nobody
// ever debugs an expired one.
const Validity = 10 * 365 * 24 * time.Hour

// Files in the folder that Make fills. Keys have mode 0600.
const (
	CACert     = "ca.crt"
	CAKey      = "ca.key"
	ServerCert = "server.crt"
	ServerKey  = "server.key"
	ClientCert = "client.crt"
	ClientKey  = "client.key"
)

// Make fills the folder dir with the six files. dir appears by rename, complete
// or not at all; one that exists is left as it is.
func Make(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := os.MkdirAll(partial, 0o700); err != nil {
		return err
	}
	if err := makeAll(partial); err != nil {
		return fmt.Errorf("make certificates: %w", err)
	}
	return os.Rename(partial, dir)
}

func makeAll(dir string) error {
	ca, err := authority()
	if err != nil {
		return err
	}
	if err := ca.save(dir, CACert, CAKey); err != nil {
		return err
	}
	server, err := ca.issue("drplan lab server", x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	if err != nil {
		return err
	}
	if err := server.save(dir, ServerCert, ServerKey); err != nil {
		return err
	}
	client, err := ca.issue("drplan lab client", x509.ExtKeyUsageClientAuth)
	if err != nil {
		return err
	}
	return client.save(dir, ClientCert, ClientKey)
}

// pair is a certificate and its key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func authority() (pair, error) {
	t := template("drplan lab CA")
	t.IsCA = true
	t.BasicConstraintsValid = true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	return sign(t, pair{})
}

func (ca pair) issue(name string, usages ...x509.ExtKeyUsage) (pair, error) {
	t := template(name)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = usages
	t.DNSNames = []string{"localhost"}
	t.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	return sign(t, ca)
}

// template starts an hour ago, so that a clock set back a little does no harm.
func template(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(randomBytes(16)),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"drplan lab"}},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(Validity),
	}
}

// sign makes a key for t and has it signed by issuer, or by itself if issuer is
// zero.
func sign(t *x509.Certificate, issuer pair) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	if issuer.key == nil {
		issuer = pair{cert: t, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, issuer.cert, key.Public(), issuer.key)
	if err != nil {
		return pair{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return pair{cert, key}, err
}

func (p pair) save(dir, certName, keyName string) error {
	if err := writePEM(filepath.Join(dir, certName), "CERTIFICATE", p.cert.Raw, 0o644); err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, keyName), "PRIVATE KEY", der, 0o600)
}

func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, says its documentation
	return b
}
