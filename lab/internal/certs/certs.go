// Package certs makes a lab's certificates: an authority of its own, one
// certificate for the servers (which are also each other's clients) and one for
// clients, all for loopback alone; and the certificates of a Kubernetes cluster
// in kubeadm's layout. Keys are ECDSA P-256.
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
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
	return makeFolder(dir, makeAll)
}

// makeFolder lets fill fill the folder dir, which appears by rename.
func makeFolder(dir string, fill func(dir string) error) error {
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := os.MkdirAll(partial, 0o700); err != nil {
		return err
	}
	if err := fill(partial); err != nil {
		return fmt.Errorf("make certificates: %w", err)
	}
	return os.Rename(partial, dir)
}

func makeAll(dir string) error {
	ca, err := authority("drplan lab CA")
	if err != nil {
		return err
	}
	if err := ca.save(dir, CACert, CAKey); err != nil {
		return err
	}
	server, err := ca.issue(subject("drplan lab server"), loopback, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	if err != nil {
		return err
	}
	if err := server.save(dir, ServerCert, ServerKey); err != nil {
		return err
	}
	client, err := ca.issue(subject("drplan lab client"), loopback, x509.ExtKeyUsageClientAuth)
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

// names are what a server's certificate holds for.
type names struct {
	dns []string
	ips []string
}

var loopback = names{dns: []string{"localhost"}, ips: []string{"127.0.0.1", "::1"}}

func subject(commonName string, organizations ...string) pkix.Name {
	return pkix.Name{CommonName: commonName, Organization: organizations}
}

func authority(name string) (pair, error) {
	t := template(subject(name))
	t.IsCA = true
	t.BasicConstraintsValid = true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	return sign(t, pair{})
}

func (ca pair) issue(subject pkix.Name, holdsFor names, usages ...x509.ExtKeyUsage) (pair, error) {
	t := template(subject)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = usages
	t.DNSNames = holdsFor.dns
	for _, ip := range holdsFor.ips {
		t.IPAddresses = append(t.IPAddresses, net.ParseIP(ip))
	}
	return sign(t, ca)
}

// template starts an hour ago, so that a clock set back a little does no harm.
func template(subject pkix.Name) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(randomBytes(16)),
		Subject:      subject,
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
	cert, key, err := p.pem()
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, certName), cert, 0o644),
		os.WriteFile(filepath.Join(dir, keyName), key, 0o600),
	)
}

func (p pair) pem() (cert, key []byte, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	return encode("CERTIFICATE", p.cert.Raw), encode("PRIVATE KEY", der), err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, says its documentation
	return b
}
