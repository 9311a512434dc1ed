// Package filelock is an exclusive lock between processes, held on a file. The
// kernel drops it when its holder dies, however that happens.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// poll is how often a waiter tries again; flock itself cannot be cancelled.
const poll = 20 * time.Millisecond

// A File is a lock that is held.
type File struct{ file *os.File }

// Lock makes the file at path if it is missing and waits until it alone holds
// the lock, or until ctx ends. A file that its last holder removed meanwhile
// does not count: it would lock out nobody.
func Lock(ctx context.Context, path string) (*File, error) {
	for {
		lock, err := try(path)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the lock %s: %w", path, ctx.Err())
		case <-time.After(poll):
		}
	}
}

func try(path string) (*File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !stillAt(file, path) {
		file.Close()
		return try(path)
	}
	return &File{file}, nil
}

func stillAt(file *os.File, path string) bool {
	held, err1 := file.Stat()
	there, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(held, there)
}

// Unlock gives the lock up and leaves the file.
func (f *File) Unlock() error { return f.file.Close() }
