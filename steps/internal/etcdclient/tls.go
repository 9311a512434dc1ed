package etcdclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"
)

// TLS names the certificates of a connection. All files are PEM.
type TLS struct {
	CA                 string `json:"ca" doc:"File with the certificates of the authorities to trust; without it the system's."`
	Cert               string `json:"cert" doc:"File with the client certificate."`
	Key                string `json:"key" doc:"File with the client certificate's private key."`
	ServerName         string `json:"server_name" doc:"The name expected in the server's certificate, where it differs from the endpoint's host."`
	InsecureSkipVerify bool   `json:"insecure_skip_verify" doc:"Do not verify the server's certificate. Whoever sits between can then read and change a backup."`
}

func (t TLS) given() bool { return t != TLS{} }

func (t TLS) config() (*tls.Config, error) {
	cfg := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify, //nolint:gosec // what the plan's author asked for; documented
	}
	if t.CA != "" {
		pool, err := readPool(t.CA)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = pool
	}
	if t.Cert != "" || t.Key != "" {
		pair, err := t.keyPair()
		if err != nil {
			return nil, err
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

func readPool(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("tls.ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls.ca: %s holds no PEM certificate", file)
	}
	return pool, nil
}

// keyPair refuses an expired client certificate: a server says no more than
// "bad certificate" to it.
func (t TLS) keyPair() (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return pair, fmt.Errorf("tls.cert, tls.key: %w", err)
	}
	leaf := pair.Leaf
	if leaf == nil {
		return pair, errors.New("tls.cert: no certificate in it")
	}
	if now := time.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return pair, fmt.Errorf("tls.cert: the client certificate %s is valid from %s to %s only: renew it, or check this machine's clock",
			t.Cert, leaf.NotBefore.Format(time.RFC3339), leaf.NotAfter.Format(time.RFC3339))
	}
	return pair, nil
}
