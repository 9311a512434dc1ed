package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/lab/internal/proc"
)

// stopBound is how long a server may take to end when asked.
const stopBound = 10 * time.Second

// ErrNoServer says that a name is none of the lab's servers.
var ErrNoServer = errors.New("the lab has no server")

// A Server is one process of the lab: a member of etcd, an S3 server, or a
// process of the cluster's node.
type Server struct {
	Name  string
	files Process
	lab   *Lab
}

// Server returns the process called name, such as a member's name, or "s3".
func (l *Lab) Server(name string) (Server, error) {
	if store, ok := l.stores()[name]; ok {
		return Server{name, store.Process, l}, nil
	}
	if n, ok := l.nodeServer(name); ok {
		return Server{name, n.Process, l}, nil
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
		return Member{}, fmt.Errorf("%w %q, only %s", ErrNoServer, name, strings.Join(l.servers(), ", "))
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
	if store, ok := s.lab.stores()[s.Name]; ok {
		spec.Argv, spec.Env = s.lab.s3Args(s.Name, store), s3Env(store)
		return spec, nil
	}
	if n, ok := s.lab.nodeServer(s.Name); ok {
		return spec, s.lab.nodeSpec(n.Name, &spec)
	}
	m, err := s.lab.member(s.Name)
	if err != nil {
		return spec, err
	}
	extra, err := extraArgs(m)
	spec.Argv, spec.Env = append(s.lab.etcdArgs(m), extra...), withoutEtcd(os.Environ())
	return spec, err
}
