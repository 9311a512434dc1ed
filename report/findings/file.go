package findings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/drplan/drplan/report"
)

// The names of the file, and of its lock, in a folder of runs.
const (
	Name     = "findings.yaml"
	lockName = ".findings.lock"
)

// Read reads the findings beside the runs. A folder without the file has none. What
// does not hold in it is an [*Error].
func Read(runs string, now time.Time) ([]report.Finding, error) {
	b, _, err := open(runs, now)
	if err != nil {
		return nil, err
	}
	return b.All(), nil
}

// Change reads the file, has it changed and writes it, with nobody else doing so
// meanwhile. Where the change fails nothing is written.
func Change(runs string, now time.Time, change func(*Book) error) error {
	if info, err := os.Stat(runs); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s", runs)
	}
	lock, err := take(filepath.Join(runs, lockName))
	if err != nil {
		return err
	}
	defer lock.Close()
	b, file, err := open(runs, now)
	if err != nil {
		return err
	}
	if err := change(b); err != nil {
		return err
	}
	data, err := b.bytes()
	if err != nil {
		return err
	}
	if _, err := decode(file, data, now); err != nil {
		return fmt.Errorf("nothing was written, for it could not be read again: %w", err)
	}
	return replace(file, data)
}

// open reads the file, which may be a link to one that lies elsewhere, under version
// control perhaps.
func open(runs string, now time.Time) (b *Book, file string, err error) {
	file = filepath.Join(runs, Name)
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Book{now: now}, file, nil
	case err != nil:
		return nil, file, err
	case !info.Mode().IsRegular():
		return nil, file, fmt.Errorf("%s is not a file", file)
	case info.Size() > maxBytes:
		return nil, file, &Error{file, []Wrong{{Text: fmt.Sprintf("it has %d bytes, more than the %d that are read", info.Size(), maxBytes)}}}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, file, err
	}
	b, err = decode(file, data, now)
	return b, file, err
}

func decode(file string, data []byte, now time.Time) (*Book, error) {
	d := &decoder{Error{Path: file}}
	b := &Book{now: now}
	b.root, b.list = d.parse(bytes.TrimPrefix(data, []byte("\ufeff")))
	b.items = d.items(b.list)
	if len(d.Wrong) > 0 {
		return nil, &d.Error
	}
	return b, nil
}

// patience is how long a change waits for another one.
const patience = 10 * time.Second

// take takes the lock, which ends with the process that has it.
func take(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR):
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", name, err)
		case time.Now().After(end):
			f.Close()
			return nil, fmt.Errorf("another command has been changing the findings for %s: try again when it is done", patience)
		}
	}
}

// replace writes a file that appears whole or not at all.
func replace(file string, data []byte) error {
	mode := os.FileMode(0o600)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already where all went well
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	return err
}
