package etcdclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// defaultDialTimeout holds where a Conn was not decoded from a plan.
const defaultDialTimeout = 5 * time.Second

// Auth is as whom to connect. It is embedded in the config of step kinds whose
// endpoints come from elsewhere.
type Auth struct {
	TLS         TLS            `json:"tls" doc:"Certificates, as etcdctl takes them. Without them the connection is not encrypted unless an endpoint begins with https://."`
	Username    string         `json:"username" doc:"User of etcd, where its authentication is on."`
	Password    steps.Secret   `json:"password" doc:"The user's password: a reference such as ${secret.ETCD_PASSWORD}."`
	DialTimeout steps.Duration `json:"dial_timeout" default:"5s" doc:"How long one endpoint may take to answer."`
}

// Conn is where and as whom to connect. It is embedded in the config of step
// kinds.
type Conn struct {
	Endpoints []string `json:"endpoints" plan:"required" doc:"Client URLs of the members, in order of preference, such as https://10.0.0.1:2379."`
	Auth
}

// Validate checks what can be checked without reading a file. Fields that still
// hold an expression are empty, and not complained about.
func (c Conn) Validate(partial bool) error {
	var errs []error
	for i, endpoint := range c.Endpoints {
		if err := checkEndpoint(endpoint, c.TLS); err != nil {
			errs = append(errs, steps.Errorf(fmt.Sprintf("endpoints[%d]", i), "%w", err))
		}
	}
	if !partial && len(c.Endpoints) == 0 {
		errs = append(errs, steps.Errorf("endpoints", "name at least one endpoint"))
	}
	return errors.Join(append(errs, c.Auth.Validate(partial))...)
}

// Validate is the part of Conn.Validate that needs no endpoints.
func (a Auth) Validate(partial bool) error {
	var errs []error
	if !partial && (a.TLS.Cert == "") != (a.TLS.Key == "") {
		errs = append(errs, steps.Errorf("tls", "cert and key go together: give both or neither"))
	}
	if !partial && a.Password != "" && a.Username == "" {
		errs = append(errs, steps.Errorf("username", "a password needs a username"))
	}
	if a.DialTimeout < 0 {
		errs = append(errs, steps.Errorf("dial_timeout", "must be above 0"))
	}
	return errors.Join(errs...)
}

func checkEndpoint(endpoint string, t TLS) error {
	scheme, rest, found := strings.Cut(endpoint, "://")
	switch {
	case endpoint == "": // an expression
		return nil
	case found && scheme != "http" && scheme != "https":
		return fmt.Errorf("scheme %q: an endpoint begins with https:// or http://", scheme)
	case found && rest == "":
		return errors.New("no host")
	case scheme == "http" && found && t.given():
		return errors.New("tls is given, but the endpoint is plain http://: write https://")
	}
	return nil
}

// Dial connects to the cluster, and returns once one endpoint has answered. The
// error names each endpoint and what was wrong with it; one that no second
// attempt can help, such as an expired certificate, is marked steps.Final.
//
// A cluster that is just choosing a leader is given the dial timeout to do so.
func (c Conn) Dial(ctx context.Context) (*clientv3.Client, error) {
	for end := time.Now().Add(c.Timeout()); ; {
		client, err := c.dialOnce(ctx)
		if err == nil || !choosing(err) || time.Now().After(end) {
			return client, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(electionPause):
		}
	}
}

// electionPause is how long to wait before a cluster that chooses a leader is
// asked again; an election takes about a second.
const electionPause = 200 * time.Millisecond

// choosing reports whether etcd answered that it has no leader at the moment.
func choosing(err error) bool {
	return errors.Is(err, rpctypes.ErrLeaderChanged) || errors.Is(err, rpctypes.ErrNoLeader) || errors.Is(err, rpctypes.ErrTimeoutDueToLeaderFail)
}

func (c Conn) dialOnce(ctx context.Context) (*clientv3.Client, error) {
	client, err := c.open(c.Endpoints)
	if err != nil {
		return nil, err
	}
	if err := c.awaitAny(ctx, client); err != nil {
		client.Close()
		return nil, err
	}
	return client, nil
}

// DialOne is Dial for exactly one endpoint: what is read comes from that member.
func (c Conn) DialOne(ctx context.Context, endpoint string) (*clientv3.Client, error) {
	c.Endpoints = []string{endpoint}
	return c.Dial(ctx)
}

// Timeout is how long one endpoint may take to answer; above 0.
func (a Auth) Timeout() time.Duration {
	if a.DialTimeout <= 0 {
		return defaultDialTimeout
	}
	return time.Duration(a.DialTimeout)
}

func (c Conn) open(endpoints []string) (*clientv3.Client, error) {
	if len(endpoints) == 0 {
		return nil, steps.Final(errors.New("no endpoint of etcd is given"))
	}
	tlsConfig, err := c.tlsConfig()
	if err != nil {
		return nil, steps.Final(err)
	}
	client, err := clientv3.New(clientv3.Config{
		Endpoints:            endpoints,
		DialTimeout:          c.Timeout(),
		DialKeepAliveTime:    10 * time.Second,
		DialKeepAliveTimeout: 5 * time.Second,
		TLS:                  tlsConfig,
		Username:             c.Username,
		Password:             string(c.Password),
		Logger:               zap.NewNop(),
	})
	if err != nil {
		return nil, c.explainLogin(endpoints, err)
	}
	return client, nil
}

func (c Conn) tlsConfig() (*tls.Config, error) {
	https := strings.Contains(strings.Join(c.Endpoints, " "), "https://")
	if !c.TLS.given() && !https {
		return nil, nil
	}
	return c.TLS.config()
}

// awaitAny asks every endpoint at once and returns when the first has answered.
func (c Conn) awaitAny(ctx context.Context, client *clientv3.Client) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout())
	defer cancel()
	answers := make(chan error, len(c.Endpoints))
	for _, endpoint := range c.Endpoints {
		go func() {
			answers <- c.await(ctx, client, endpoint)
		}()
	}
	var errs []error
	for range c.Endpoints {
		err := <-answers
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// await looks at the endpoint by hand first: the RPC layer tries again until its
// deadline, whatever the reason, and then hides the reason.
func (c Conn) await(ctx context.Context, client *clientv3.Client, endpoint string) error {
	if err := c.probe(ctx, endpoint); err != nil {
		return fmt.Errorf("etcd at %s: %w", endpoint, explainProbe(err, c.TLS))
	}
	if _, err := client.Status(ctx, endpoint); err != nil {
		return c.explain(endpoint, err)
	}
	return nil
}
