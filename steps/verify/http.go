package verify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"time"

	"github.com/drplan/drplan/steps"
)

type httpCheck struct {
	URL     string            `json:"url" plan:"required" doc:"What to get; http or https."`
	Status  int64             `json:"status" default:"200" doc:"The status code of the answer. Redirects are not followed."`
	Body    string            `json:"body" doc:"A regular expression that the answer's first MiB must match."`
	Headers map[string]string `json:"headers" doc:"Headers of the request."`
	CA      string            `json:"ca" doc:"File with the certificates of the authorities to trust; without it the system's."`
	Timeout steps.Duration    `json:"timeout" default:"5s" doc:"How long one request may take."`
}

// bodyLimit bounds what is read of an answer, in bytes.
const bodyLimit = 1 << 20

func (c *httpCheck) validate(partial bool) error {
	var errs []error
	if u, err := url.Parse(c.URL); c.URL != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		errs = append(errs, steps.Errorf("url", "%q is not an http or https URL", c.URL))
	}
	errs = append(errs, regular("body", c.Body))
	if c.Timeout <= 0 && !partial {
		errs = append(errs, steps.Errorf("timeout", "it must be above 0"))
	}
	return errors.Join(errs...)
}

func regular(path, pattern string) error {
	if _, err := regexp.Compile(pattern); err != nil {
		return steps.Errorf(path, "not a regular expression: %w", err)
	}
	return nil
}

func (c *httpCheck) see(ctx context.Context, in *steps.Run) (string, error) {
	client, err := c.client()
	if err != nil {
		return "", err
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return "", err
	}
	for name, value := range c.Headers {
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return "no answer", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit))
	if err != nil {
		return resp.Status, fmt.Errorf("the answer broke off: %w", err)
	}
	return resp.Status, c.judge(in, resp.StatusCode, body)
}

func (c *httpCheck) client() (*http.Client, error) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", c.CA)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: transport, Timeout: time.Duration(c.Timeout), CheckRedirect: noRedirect}, nil
}

func (c *httpCheck) judge(in *steps.Run, status int, body []byte) error {
	if int64(status) != c.Status {
		return fmt.Errorf("status %d, expected %d; the answer begins %q", status, c.Status, head(in, body))
	}
	if c.Body != "" && !regexp.MustCompile(c.Body).Match(body) {
		return fmt.Errorf("the answer does not match %q; it begins %q", c.Body, head(in, body))
	}
	return nil
}

// head is enough of a text to recognise it by, without secrets: they are taken
// out before it is cut, and before anybody quotes it.
func head(in *steps.Run, text []byte) string {
	const limit = 120
	clean := in.Redact
	if len(text) >= textLimit {
		text, clean = text[:textLimit], in.RedactCut
	}
	said := clean(string(text))
	return said[:min(len(said), limit)]
}

type tcpCheck struct {
	Address string         `json:"address" plan:"required" doc:"host:port."`
	Timeout steps.Duration `json:"timeout" default:"5s" doc:"How long one connection may take."`
}

func (c *tcpCheck) validate(partial bool) error {
	if _, _, err := net.SplitHostPort(c.Address); err != nil && c.Address != "" {
		return steps.Errorf("address", "%q is not host:port", c.Address)
	}
	if c.Timeout <= 0 && !partial {
		return steps.Errorf("timeout", "it must be above 0")
	}
	return nil
}

func (c *tcpCheck) see(ctx context.Context, _ *steps.Run) (string, error) {
	dialer := net.Dialer{Timeout: time.Duration(c.Timeout)}
	conn, err := dialer.DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return "no connection", err
	}
	return "connected", conn.Close()
}
