package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"golang.org/x/sync/errgroup"
)

// poll is the pause between two looks at a server that does not serve yet.
const poll = 25 * time.Millisecond

// waitReady returns when every member answers a linearizable read and the S3
// server a signed request.
func (l *Lab) waitReady(ctx context.Context) error {
	config, err := l.TLS()
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	group, ctx := errgroup.WithContext(ctx)
	for _, m := range l.Etcd.Members {
		group.Go(func() error {
			return l.wait(ctx, m.Name, func() error { return memberHealth(ctx, client, m.ClientURL) })
		})
	}
	group.Go(func() error {
		return l.wait(ctx, "s3", func() error { return l.S3.ensureBuckets(ctx) })
	})
	return group.Wait()
}

// wait repeats check until it holds. A server that has ended is not waited for.
func (l *Lab) wait(ctx context.Context, name string, check func() error) error {
	s, err := l.Server(name)
	if err != nil {
		return err
	}
	last := errors.New("no answer yet") // then: of the last check that had its time
	for {
		err := check()
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		if !s.running() {
			return fmt.Errorf("%s has ended before it served; the end of %s:\n%s", name, s.files.LogFile, tail(s.files.LogFile))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not serve (%w), see %s: %w", name, ctx.Err(), s.files.LogFile, last)
		case <-time.After(poll):
		}
	}
}

func (s Server) running() bool {
	_, alive := s.PID()
	return alive
}

// memberHealth asks the member's own health endpoint, which does a linearizable
// read: it needs a leader and a quorum.
func memberHealth(ctx context.Context, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/health", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var health struct{ Health, Reason string }
	if err := json.NewDecoder(resp.Body).Decode(&health); err != nil {
		return err
	}
	if health.Health != "true" {
		return fmt.Errorf("unhealthy: %s", health.Reason)
	}
	return nil
}

// TLS is the configuration of a client of the lab's etcd.
func (l *Lab) TLS() (*tls.Config, error) {
	ca, err := os.ReadFile(l.Etcd.CACert)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", l.Etcd.CACert)
	}
	pair, err := tls.LoadX509KeyPair(l.Etcd.Cert, l.Etcd.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// client connects to the given endpoints of the lab's etcd.
func (l *Lab) client(endpoints ...string) (*clientv3.Client, error) {
	config, err := l.TLS()
	if err != nil {
		return nil, err
	}
	return clientv3.New(clientv3.Config{
		Endpoints:   endpoints,
		TLS:         config,
		DialTimeout: 5 * time.Second,
		Logger:      quietLogger,
	})
}

// tail is the end of a log, short enough for an error.
func tail(path string) string {
	const lines, width = 5, 400
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	all = all[max(0, len(all)-lines):]
	for i, line := range all {
		all[i] = "  " + line[:min(len(line), width)]
	}
	return strings.Join(all, "\n")
}
