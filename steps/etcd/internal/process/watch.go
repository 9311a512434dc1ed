package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Traces are where a running server can be seen.
type Traces struct {
	PIDFile  string
	Folders  []string // no process may hold a file below them
	LockFile string   // the server holds a flock(2) on it while it runs
	URLs     []string // it listens there
	Unit     string   // of systemd
	Environ  []string // what systemctl runs with
}

// Watch looks for a server that may be running. It remembers the process that
// the pid file named when the watch began, because a stop removes the file.
type Watch struct {
	traces Traces
	first  Identity
}

// NewWatch begins to watch. Begin before the server is stopped.
func NewWatch(t Traces) *Watch { return &Watch{t, readPIDFile(t.PIDFile)} }

// Running says what shows that the server runs; "" when it is dead. It is an
// error when nothing could be found that proves either.
func (w *Watch) Running(ctx context.Context) (string, error) {
	proofs := 0
	for _, look := range []func(context.Context) (string, bool){w.pid, w.lock, w.ports, w.unit, w.folders} {
		trace, proof := look(ctx)
		if trace != "" {
			return trace, nil
		}
		if proof {
			proofs++
		}
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if proofs == 0 {
		return "", errors.New("nothing proves that it is dead: its address does not refuse connections, no database lies in its data_dir; give a pid_file")
	}
	return "", nil
}

// pollEvery is how often a server that is to end is looked for.
const pollEvery = 100 * time.Millisecond

// AwaitDead returns when the server is dead. The error says what still shows it
// when ctx is done.
func (w *Watch) AwaitDead(ctx context.Context) error {
	last := ""
	for {
		trace, err := w.Running(ctx)
		if err == nil && trace == "" {
			return nil
		}
		if trace == "" {
			trace = last // a look that a near deadline broke off proves nothing
		}
		last = trace
		select {
		case <-ctx.Done():
			if trace == "" {
				return fmt.Errorf("not proven dead: %w", errors.Join(err, context.Cause(ctx)))
			}
			return fmt.Errorf("still running: %s: %w", trace, context.Cause(ctx))
		case <-time.After(pollEvery):
		}
	}
}

func (w *Watch) pid(context.Context) (string, bool) {
	now := readPIDFile(w.traces.PIDFile)
	for _, id := range []Identity{w.first, now} {
		if id.Alive() {
			return fmt.Sprintf("process %d of %s", id.PID, w.traces.PIDFile), false
		}
	}
	return "", w.first.PID != 0 || namesDead(w.traces.PIDFile)
}

// lock asks for the lock that bbolt takes on an open database. It is by inode,
// so a container's view of the folder is seen too.
func (w *Watch) lock(context.Context) (string, bool) {
	if w.traces.LockFile == "" {
		return "", false
	}
	f, err := os.Open(w.traces.LockFile)
	if errors.Is(err, fs.ErrNotExist) || err != nil {
		return "", false
	}
	defer f.Close()
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return "a process holds the lock of " + w.traces.LockFile, false
	}
	return "", err == nil // closing unlocks
}

func (w *Watch) ports(ctx context.Context) (string, bool) {
	proof := false
	for _, raw := range w.traces.URLs {
		switch listens, refused := Listens(ctx, raw); {
		case listens:
			return "something listens at " + raw, false
		case refused:
			proof = true
		}
	}
	return "", proof
}

// Listens reports whether a connection to the URL's host and port is accepted,
// and whether it is refused; neither: no answer.
func Listens(ctx context.Context, raw string) (listens, refused bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return false, false
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return false, errors.Is(err, syscall.ECONNREFUSED)
	}
	conn.Close()
	return true, false
}

// folders looks at every open file of every process that may be looked at. It
// sees a server whose folder was wiped under it, which no lock shows.
func (w *Watch) folders(context.Context) (string, bool) {
	for _, folder := range w.traces.Folders {
		if resolved, err := filepath.EvalSymlinks(folder); err == nil {
			folder = resolved
		}
		if pid, file := holder(folder); pid != 0 {
			return fmt.Sprintf("process %d holds %s", pid, file), false
		}
	}
	return "", false
}
