package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// holder is what a lock's owner writes into the lock file, for people to read.
// Only flock(2) decides; it ends with the process, however that dies.
type holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// lock takes the run in dir, or says who has it.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	if err := flockOrInherit(f); err != nil {
		defer f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, lockedBy(dir, f)
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	if err := sign(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// inheritance is how long a lock may outlive its holder: a process that the
// holder was about to start has it from fork(2) to execve(2), also when the
// holder is killed in between.
const inheritance = 2 * time.Second

// flockOrInherit waits a moment for the lock of a holder that is dead.
func flockOrInherit(f *os.File) error {
	for end := time.Now().Add(inheritance); ; time.Sleep(5 * time.Millisecond) {
		err := flock(f)
		if !errors.Is(err, unix.EWOULDBLOCK) || !holderIsDead(f) || time.Now().After(end) {
			return err
		}
	}
}

// holderIsDead is false in doubt.
func holderIsDead(f *os.File) bool {
	h, ok := readHolder(f)
	host, err := os.Hostname()
	return ok && err == nil && h.Host == host && h.PID > 0 && errors.Is(unix.Kill(h.PID, 0), unix.ESRCH)
}

func flock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// sign writes who holds the lock. A full disk must not keep a run from being
// resumed, so only failing to wipe the last holder's name is an error.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	host, _ := os.Hostname()
	text, err := json.Marshal(holder{PID: os.Getpid(), Host: host, Since: time.Now().UTC()})
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(append(text, '\n'), 0); err != nil {
		return f.Truncate(0)
	}
	return nil
}

// unlock wipes the name before it lets go.
func unlock(f *os.File) error {
	return errors.Join(f.Truncate(0), f.Close())
}

func lockedBy(dir string, f *os.File) error {
	h, ok := readHolder(f)
	if !ok {
		return &LockedError{Dir: dir}
	}
	return &LockedError{Dir: dir, PID: h.PID, Host: h.Host, Since: h.Since}
}

func readHolder(f *os.File) (h holder, ok bool) {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 4096))
	return h, err == nil && json.Unmarshal(text, &h) == nil
}
