package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/drplan/drplan/lab/internal/filelock"
	"golang.org/x/sys/unix"
)

// Stop asks the process of the pid file to end, waits for it up to bound, kills
// it then, and returns when it is gone and the file removed. A process that
// does not run is no error.
func Stop(ctx context.Context, pidFile string, bound time.Duration) error {
	return end(ctx, pidFile, func(fd int) error {
		gone, err := signalAndWait(ctx, fd, unix.SIGTERM, bound)
		if gone || err != nil {
			return err
		}
		return kill(ctx, fd)
	})
}

// Kill ends the process of the pid file at once, and returns when it is gone and
// the file removed. A process that does not run is no error.
func Kill(ctx context.Context, pidFile string) error {
	return end(ctx, pidFile, func(fd int) error { return kill(ctx, fd) })
}

// end opens a pidfd, makes sure that it is of the recorded process, and lets
// finish act on it.
//
// It holds the lock that a start takes too, so that it never removes the pid
// file of a process that has just been started.
func end(ctx context.Context, pidFile string, finish func(fd int) error) error {
	lock, err := filelock.Lock(ctx, pidFile+lockSuffix)
	if errors.Is(err, os.ErrNotExist) {
		return nil // not even its folder is there
	}
	if err != nil {
		return err
	}
	defer lock.Unlock()
	id, alive := Alive(pidFile)
	if !alive {
		return forget(pidFile)
	}
	fd, err := unix.PidfdOpen(id.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return forget(pidFile)
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", id.PID, err)
	}
	defer unix.Close(fd)
	if _, alive := Alive(pidFile); alive {
		if err := finish(fd); err != nil {
			return fmt.Errorf("end process %d: %w", id.PID, err)
		}
	}
	return forget(pidFile)
}

// kill cannot be refused, but a process in an uninterruptible wait (a dead
// disk) dies only when that ends; hence the bound.
func kill(ctx context.Context, fd int) error {
	const bound = 30 * time.Second
	gone, err := signalAndWait(ctx, fd, unix.SIGKILL, bound)
	if err == nil && !gone {
		err = fmt.Errorf("still there %s after SIGKILL", bound)
	}
	return err
}

// signalAndWait reports whether the process was gone within bound.
func signalAndWait(ctx context.Context, fd int, signal unix.Signal, bound time.Duration) (gone bool, err error) {
	err = unix.PidfdSendSignal(fd, signal, nil, 0)
	if errors.Is(err, unix.ESRCH) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	// A pidfd becomes readable when its process ends. Short polls, so that the
	// context is seen.
	for deadline := time.Now().Add(bound); time.Now().Before(deadline); {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 100)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return false, err
		}
		if n > 0 {
			return true, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
	}
	return false, nil
}

func forget(pidFile string) error {
	if err := os.Remove(pidFile); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
