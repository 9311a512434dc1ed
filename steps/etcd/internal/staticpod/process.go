package staticpod

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/drplan/drplan/steps/etcd/internal/process"
	"golang.org/x/sys/unix"
)

// Process is a process of a pod. On disk it is still the same one, or none.
type Process struct {
	process.Identity
}

// look is how often a process is looked at that was sent a signal.
const look = 5 * time.Millisecond

// Freeze holds the process still, and returns when none of its threads can do
// anything more. Who freezes thaws or kills; a kubelet that is left alone with a
// frozen process finds it dead at its next liveness probes, and restarts it.
func (p Process) Freeze(ctx context.Context) error {
	if err := p.signal(unix.SIGSTOP); err != nil {
		return err
	}
	return p.await(ctx, "does not stand still", p.still)
}

// Thaw lets a frozen process go on.
func (p Process) Thaw() error { return p.signal(unix.SIGCONT) }

// Kill ends the process, frozen or not, and returns when it is gone.
func (p Process) Kill(ctx context.Context) error {
	if err := p.signal(unix.SIGKILL); err != nil {
		return err
	}
	return p.await(ctx, "does not die", func() bool { return !p.Alive() })
}

// signal reaches this process or none: numbers are used again.
func (p Process) signal(s unix.Signal) error {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if errors.Is(err, unix.ESRCH) || !p.Alive() && err == nil {
		if err == nil {
			unix.Close(fd)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("process %d: %w", p.PID, err)
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, s, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("process %d: %w", p.PID, err)
	}
	return nil
}

func (p Process) await(ctx context.Context, otherwise string, done func() bool) error {
	for !done() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d %s: %w", p.PID, otherwise, context.Cause(ctx))
		case <-time.After(look):
		}
	}
	return nil
}

// still reports whether every thread is stopped, or the process gone.
func (p Process) still() bool {
	if !p.Alive() {
		return true
	}
	tasks, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(p.PID), "task", "*", "stat"))
	if err != nil || len(tasks) == 0 {
		return !p.Alive()
	}
	for _, file := range tasks {
		if state := stateIn(file); state != 'T' && state != 't' && state != 'X' && state != 'Z' && state != 0 {
			return false
		}
	}
	return true
}

// stateIn reads a thread's state; 0 when it is gone. See proc_pid_stat(5).
func stateIn(file string) byte {
	data, err := os.ReadFile(file)
	at := bytes.LastIndexByte(data, ')') + 2
	if err != nil || at >= len(data) {
		return 0
	}
	return data[at]
}

// Holds reports whether the process has the file open, under whatever name.
func (p Process) Holds(file string) bool {
	want, err := os.Stat(file)
	if err != nil {
		return false
	}
	fds := filepath.Join("/proc", strconv.Itoa(p.PID), "fd")
	entries, err := os.ReadDir(fds)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if got, err := os.Stat(filepath.Join(fds, e.Name())); err == nil && os.SameFile(want, got) {
			return true
		}
	}
	return false
}
