package etcdclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/drplan/drplan/steps"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"golang.org/x/net/http2"
)

// explain says what an error of etcd's own means.
func (c Conn) explain(endpoint string, err error) error {
	if why := explainAnswer(err); why != nil {
		return fmt.Errorf("etcd at %s: %w", endpoint, why)
	}
	return fmt.Errorf("etcd at %s accepts connections but does not answer: %w", endpoint, err)
}

// explainLogin says why no client could be made, which with a user name
// includes to log in.
func (c Conn) explainLogin(endpoints []string, err error) error {
	if why := explainAnswer(err); why != nil {
		return why
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout())
	defer cancel()
	errs := []error{err}
	for _, endpoint := range endpoints {
		if why := c.probe(ctx, endpoint); why != nil {
			errs = append(errs, fmt.Errorf("etcd at %s: %w", endpoint, explainProbe(why, c.TLS)))
		}
	}
	return errors.Join(errs...)
}

// explainAnswer knows what etcd itself says; nil: it said nothing of use.
func explainAnswer(err error) error {
	switch {
	case errors.Is(err, rpctypes.ErrAuthFailed):
		return steps.Final(errors.New("wrong user name or password: check username and password"))
	case errors.Is(err, rpctypes.ErrPermissionDenied):
		return steps.Final(errors.New("permission denied: the user needs the root role for maintenance calls"))
	case errors.Is(err, rpctypes.ErrUserEmpty):
		return steps.Final(errors.New("etcd's authentication is on: give username and password"))
	}
	return nil
}

// probe opens a connection as the client does and reads the first byte: only
// then does a server that speaks TLS 1.3 tell that it refuses our certificate.
func (c Conn) probe(ctx context.Context, endpoint string) error {
	host, err := hostPort(endpoint)
	if err != nil {
		return err
	}
	cfg, err := c.tlsConfig()
	if err != nil {
		return err
	}
	var conn net.Conn
	if cfg == nil || strings.HasPrefix(endpoint, "http://") {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", host)
	} else {
		cfg.NextProtos = []string{"h2"}
		conn, err = (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", host)
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	return firstByte(conn)
}

func firstByte(conn net.Conn) error {
	deadline := time.Now().Add(time.Second)
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	// A server that refuses us may have closed its end already, so that writing
	// fails; what it said before can be read all the same.
	_, werr := io.WriteString(conn, http2.ClientPreface)
	if werr == nil {
		werr = http2.NewFramer(conn, nil).WriteSettings()
	}
	_, err := conn.Read(make([]byte, 1))
	return errors.Join(err, werr)
}

func hostPort(endpoint string) (string, error) {
	if !strings.Contains(endpoint, "://") {
		return endpoint, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	if u.Port() == "" {
		return "", errors.New("no port in the endpoint: etcd's is usually 2379")
	}
	return u.Host, nil
}

// explainProbe says in a person's words what a failed connection means, and
// marks with steps.Final what time does not mend.
func explainProbe(err error, t TLS) error {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return steps.Final(fmt.Errorf("the server's certificate is valid from %s to %s only: renew it, or check this machine's clock",
			invalid.Cert.NotBefore.Format(time.RFC3339), invalid.Cert.NotAfter.Format(time.RFC3339)))
	case errors.As(err, &unknown):
		return steps.Final(fmt.Errorf("the server's certificate is not signed by an authority of %s: check tls.ca", trusted(t)))
	case errors.As(err, &host):
		return steps.Final(fmt.Errorf("%w: check the endpoint, or set tls.server_name", host))
	case errors.As(err, &record):
		return steps.Final(errors.New("the server does not speak TLS: write http://, and leave tls out"))
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused: nothing listens there")
	case isTimeout(err):
		return errors.New("no answer in time: no route to it, or a firewall drops packets")
	}
	return explainAlert(err, t)
}

// explainAlert reads a TLS alert by its text: crypto/tls exports no type for
// the alerts of a server.
func explainAlert(err error, t TLS) error {
	text := err.Error()
	alert := strings.Contains(text, "certificate required") || strings.Contains(text, "bad certificate") ||
		strings.Contains(text, "unknown certificate authority")
	switch {
	case alert && t.Cert == "":
		return steps.Final(errors.New("the server wants a client certificate: set tls.cert and tls.key"))
	case alert:
		return steps.Final(fmt.Errorf("the server refuses the client certificate %s: is it signed by the authority that etcd trusts, and not revoked? (%w)", t.Cert, err))
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Errorf("the server closed the connection at once (%w): does it want TLS, or refuse our certificate, or is it shutting down?", err)
	}
	return err
}

func trusted(t TLS) string {
	if t.CA == "" {
		return "the system's certificate store"
	}
	return t.CA
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}
