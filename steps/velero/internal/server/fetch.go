package server

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"github.com/drplan/drplan/steps"
)

// fetch reads a signed URL. Its errors never hold the URL's query, which is as
// good as a password while it is valid.
func fetch(ctx context.Context, signed string, loc *velerov1.BackupStorageLocation, w io.Writer, unpack bool) error {
	u, err := url.Parse(signed)
	if err != nil {
		return errors.New("the server's URL cannot be read")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, signed, nil)
	if err != nil {
		return errors.New("the server's URL cannot be read")
	}
	// A gzipped log is a file, not a way of sending it.
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := httpClient(loc).Do(req)
	if err != nil {
		return unreachable(ctx, err, u, loc)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return copyTo(w, resp.Body, unpack)
	case http.StatusNotFound:
		return ErrNoFile
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	return fmt.Errorf("%s answers %s: %s", u.Host, resp.Status, short(string(text)))
}

func copyTo(w io.Writer, body io.Reader, unpack bool) error {
	if unpack {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return fmt.Errorf("the file is not gzipped, as Velero's are: %w", err)
		}
		body = unzipped
	}
	_, err := io.Copy(w, body)
	return err
}

// httpClient trusts what Velero was told to trust for this location.
func httpClient(loc *velerov1.BackupStorageLocation) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: loc.Spec.Config["insecureSkipTLSVerify"] == "true"} //nolint:gosec // as the location says
	if store := loc.Spec.ObjectStorage; store != nil && len(store.CACert) > 0 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pool.AppendCertsFromPEM(store.CACert)
		transport.TLSClientConfig.RootCAs = pool
	}
	return &http.Client{Transport: transport}
}

// unreachable says what to do about a URL that leads nowhere from here: the
// server signs it for the address that it uses itself, unless it was told of
// another.
func unreachable(ctx context.Context, err error, u *url.URL, loc *velerov1.BackupStorageLocation) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the URL
	}
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return steps.Final(fmt.Errorf("%s shows a certificate of an unknown authority: put it into caCert of the BackupStorageLocation %s: %w", u.Host, loc.Name, err))
	}
	if public := loc.Spec.Config["publicUrl"]; public != "" {
		return fmt.Errorf("%s, which is the publicUrl of the BackupStorageLocation %s, does not answer here: %w", u.Host, loc.Name, err)
	}
	return fmt.Errorf("%s does not answer here: when only pods reach it, set publicUrl in the config of the BackupStorageLocation %s: %w", u.Host, loc.Name, err)
}
