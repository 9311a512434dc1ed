package lab

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/lab/internal/certs"
	"github.com/drplan/drplan/lab/internal/proc"
)

// extraArgsVariable holds further etcd arguments for one start, split at blanks.
const extraArgsVariable = "ETCD_EXTRA_ARGS"

// stopBound is how long a server may take to end when asked.
const stopBound = 10 * time.Second

// A Server is one process of the lab: a member of etcd, or the S3 server.
type Server struct {
	Name  string
	files Process
	lab   *Lab
}

// Server returns the process called name: a member's name, or "s3".
func (l *Lab) Server(name string) (Server, error) {
	if name == "s3" {
		return Server{name, l.S3.Process, l}, nil
	}
	m, err := l.member(name)
	if err != nil {
		return Server{}, err
	}
	return Server{name, m.Process, l}, nil
}

func (l *Lab) member(name string) (Member, error) {
	at := slices.IndexFunc(l.Etcd.Members, func(m Member) bool { return m.Name == name })
	if at < 0 {
		return Member{}, fmt.Errorf("the lab has no server %q, only %s", name, strings.Join(l.servers(), ", "))
	}
	return l.Etcd.Members[at], nil
}

// Start runs the server in a session of its own and returns when it runs, which
// is before it serves. One that runs already is left alone.
func (s Server) Start() error {
	if _, alive := s.PID(); alive {
		return nil
	}
	argv := []string{s.lab.path("bin", "lab"), "member", "run", "--detached", "--dir", s.lab.Dir, s.Name}
	if err := proc.Detach(argv, os.Environ(), s.files.LogFile); err != nil {
		return fmt.Errorf("start %s: %w", s.Name, err)
	}
	return nil
}

// Run turns the calling process into the server. detached: Start made the
// process, and wants to hear of an error.
func (s Server) Run(ctx context.Context, detached bool) error {
	spec, err := s.spec()
	if err == nil && detached {
		return proc.BecomeDetached(ctx, spec)
	}
	if err == nil {
		return proc.Become(ctx, spec)
	}
	return err
}

// Stop asks the server to end, after ten seconds kills it, and returns when it
// is gone.
func (s Server) Stop(ctx context.Context) error { return proc.Stop(ctx, s.files.PIDFile, stopBound) }

// Kill ends the server with SIGKILL and returns when it is gone.
func (s Server) Kill(ctx context.Context) error { return proc.Kill(ctx, s.files.PIDFile) }

// PID is the number of the server's process, if it runs.
func (s Server) PID() (int, bool) {
	id, alive := proc.Alive(s.files.PIDFile)
	return id.PID, alive
}

func (s Server) spec() (proc.Spec, error) {
	spec := proc.Spec{PIDFile: s.files.PIDFile, LogFile: s.files.LogFile, StartsLog: s.files.StartsLog}
	if s.Name == "s3" {
		spec.Argv, spec.Env = s.lab.s3Args(), s.lab.s3Env()
		return spec, nil
	}
	m, err := s.lab.member(s.Name)
	if err != nil {
		return spec, err
	}
	extra, err := extraArgs(m)
	spec.Argv, spec.Env = append(s.lab.etcdArgs(m), extra...), withoutEtcd(os.Environ())
	return spec, err
}

// etcdArgs are honest settings: every write is synced, and what differs from
// etcd's defaults are limits alone.
func (l *Lab) etcdArgs(m Member) []string {
	ca, cert, key := l.Etcd.CACert, l.path("certs", certs.ServerCert), l.path("certs", certs.ServerKey)
	return []string{
		l.Etcd.Etcd,
		"--name", m.Name,
		"--data-dir", m.DataDir,
		"--listen-client-urls", m.ClientURL, "--advertise-client-urls", m.ClientURL,
		"--listen-peer-urls", m.PeerURL, "--initial-advertise-peer-urls", m.PeerURL,
		"--initial-cluster", l.Etcd.InitialCluster, "--initial-cluster-token", l.Etcd.Token,
		"--initial-cluster-state", "new",
		"--trusted-ca-file", ca, "--cert-file", cert, "--key-file", key, "--client-cert-auth",
		"--peer-trusted-ca-file", ca, "--peer-cert-file", cert, "--peer-key-file", key, "--peer-client-cert-auth",
		"--quota-backend-bytes", "2147483648", // 2 GiB
		"--max-txn-ops", "1024",
		"--max-request-bytes", "10485760", // 10 MiB
		"--log-level", "info",
	}
}

// extraArgs are those of the member's file, then those of the environment.
func extraArgs(m Member) ([]string, error) {
	data, err := os.ReadFile(m.ArgsFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var args []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			args = append(args, line)
		}
	}
	return append(args, strings.Fields(os.Getenv(extraArgsVariable))...), nil
}

// withoutEtcd drops what etcd would take for its flags: a shell that sourced
// the lab's env file has some set.
func withoutEtcd(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "ETCD_") })
}

func (l *Lab) s3Args() []string {
	address := l.S3.Endpoint
	if u, err := url.Parse(address); err == nil {
		address = u.Host
	}
	return []string{
		l.path("bin", "versitygw"),
		"-address", address,
		"-region", l.S3.Region,
		"-data", l.S3.DataDir,
		"-sidecar", l.path("s3", "metadata"),
		"-versioning", l.path("s3", "versions"),
		"-access-log", l.S3.AccessLog,
	}
}

func (l *Lab) s3Env() []string {
	return append(os.Environ(), "ROOT_ACCESS_KEY="+l.S3.AccessKey, "ROOT_SECRET_KEY="+l.S3.SecretKey)
}
