package proc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/drplan/drplan/lab/internal/filelock"
	"golang.org/x/sys/unix"
)

// lockSuffix is added to a pid file's path for the lock that start, stop and
// kill of one process share.
const lockSuffix = ".lock"

// readyFD is where a detached process finds the pipe to its launcher.
const readyFD = 3

// Spec says what to run and where its traces go. All paths are absolute.
type Spec struct {
	Argv      []string // Argv[0] is the binary's path
	Env       []string // the whole environment
	PIDFile   string
	LogFile   string // standard output and error are appended to it
	StartsLog string // gets a line with the time (RFC 3339, UTC) and the number at every start
	// Prepare, if set, runs in the process just before it becomes the server, on
	// the thread that does: it may move that thread into other namespaces.
	Prepare func() error
}

// Become turns the calling process into the server of s, unless one already
// runs: then it returns nil. It returns otherwise only with an error.
func Become(ctx context.Context, s Spec) error {
	lock, err := filelock.Lock(ctx, s.PIDFile+lockSuffix)
	if err != nil {
		return err
	}
	defer lock.Unlock() // exec closes it too
	if _, alive := Alive(s.PIDFile); alive {
		return nil
	}
	id, err := Self()
	if err != nil {
		return err
	}
	if err := id.Record(s.PIDFile); err != nil {
		return err
	}
	if err := s.execute(id.PID); err != nil {
		return errors.Join(err, forget(s.PIDFile))
	}
	return nil
}

func (s Spec) execute(pid int) error {
	if err := s.noteStart(pid); err != nil {
		return err
	}
	// Descriptors that some ancestor left open (a lock, a pipe that somebody
	// reads to its end) must not live as long as the server does.
	if err := unix.CloseRange(3, ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		unix.CloseOnExec(readyFD)
	}
	if s.Prepare != nil {
		runtime.LockOSThread()
		if err := s.Prepare(); err != nil {
			return err
		}
	}
	if err := unix.Exec(s.Argv[0], s.Argv, s.Env); err != nil {
		return fmt.Errorf("run %s: %w", s.Argv[0], err)
	}
	return nil
}

func (s Spec) noteStart(pid int) error {
	file, err := os.OpenFile(s.StartsLog, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s pid %d\n", time.Now().UTC().Format(time.RFC3339Nano), pid)
	return errors.Join(err, file.Close())
}

// Detach runs argv, a command that calls BecomeDetached, in a session of its
// own, so that it survives its launcher and the launcher's process group. It
// returns when the server runs (not when it is ready) or could not be run.
func Detach(argv, env []string, logFile string) error {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	ready, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ready.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env, cmd.Dir = env, "/"
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return err
	}
	// Nobody waits for it: whoever inherits it reaps it, and a zombie counts as
	// ended here.
	defer cmd.Process.Release()
	trouble, err := io.ReadAll(ready)
	if len(trouble) > 0 {
		return errors.New(strings.TrimSpace(string(trouble)))
	}
	return err
}

// BecomeDetached is Become for a process that Detach made: it tells an error to
// its launcher. The launcher sees the end of the pipe when exec closes it.
func BecomeDetached(ctx context.Context, s Spec) error {
	pipe := os.NewFile(readyFD, "launcher")
	if pipe == nil {
		return errors.New("descriptor 3 is not open: only a launcher calls this")
	}
	unix.CloseOnExec(readyFD)
	err := Become(ctx, s)
	if err != nil {
		fmt.Fprintln(pipe, err)
	}
	return errors.Join(err, pipe.Close())
}
