package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Create makes the folder of a new run and leaves it open for appending.
//
// header becomes the first record. files are put beside the journal, name to
// content, all of mode 0600: the plan's bytes, the parameters. Everything is
// written and synced under a temporary name and then renamed, so that the run
// is there whole or not at all. The folder of the runs is made if need be.
//
// An existing run is an error that wraps [fs.ErrExist]; a bad id wraps
// [ErrRunID], a bad header [ErrRecord].
func Create(runs, runID string, header []byte, files map[string][]byte) (*Log, error) {
	if err := checkNew(runID, header, files); err != nil {
		return nil, fmt.Errorf("create run: %w", err)
	}
	dir, err := filepath.Abs(filepath.Join(runs, runID))
	if err != nil {
		return nil, fmt.Errorf("create run: %w", err)
	}
	if _, err := os.Lstat(dir); err == nil {
		return nil, fmt.Errorf("create run %s: %w: resume it, or take another id", dir, fs.ErrExist)
	}
	return create(dir, header, files)
}

// OpenAside opens a log that is no run's: one about the runs, which lies in a
// folder beside theirs, under a name that no run can have. It is begun with header
// where it is not there yet. The rest is as with [Open].
func OpenAside(dir string, header []byte) (l *Log, records [][]byte, cut Cut, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, nil, Cut{}, err
	}
	if CheckRunID(filepath.Base(dir)) == nil {
		return nil, nil, Cut{}, fmt.Errorf("%w: a run could have the name %s", ErrRunID, filepath.Base(dir))
	}
	if !isRun(dir) {
		l, err = create(dir, header, nil)
		if err == nil {
			return l, [][]byte{header}, Cut{}, nil
		}
		if !errors.Is(err, fs.ErrExist) { // somebody was quicker
			return nil, nil, Cut{}, err
		}
	}
	return Open(dir)
}

func create(dir string, header []byte, files map[string][]byte) (*Log, error) {
	if err := makeDirs(filepath.Dir(dir)); err != nil {
		return nil, &CreateError{dir, err}
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".new-"+filepath.Base(dir)+"-") // mode 0700
	if err != nil {
		return nil, &CreateError{dir, err}
	}
	l, err := fill(tmp, header, files)
	if err == nil {
		err = l.publish(tmp, dir)
	}
	if err != nil {
		return nil, errors.Join(&CreateError{dir, err}, os.RemoveAll(tmp))
	}
	return l, nil
}

// CreateError says that the folder of a run could not be made. Nothing of it is
// left.
type CreateError struct {
	Dir string
	Err error
}

// Error names the folder that was asked for, and not the one under a passing
// name in which it was to be made.
func (e *CreateError) Error() string {
	var errno unix.Errno
	if errors.As(e.Err, &errno) {
		return fmt.Sprintf("the run's folder %s cannot be made: %s", e.Dir, errno.Error())
	}
	return fmt.Sprintf("the run's folder %s cannot be made: %v", e.Dir, e.Err)
}

func (e *CreateError) Unwrap() error { return e.Err }

func checkNew(runID string, header []byte, files map[string][]byte) error {
	if err := CheckRunID(runID); err != nil {
		return err
	}
	if err := checkRecord(header); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := checkExtra(name); err != nil {
			return err
		}
	}
	return nil
}

// fill writes a run into an empty folder. The lock is taken here, under the
// temporary name, so that nobody can come between the rename and the lock.
func fill(dir string, header []byte, files map[string][]byte) (*Log, error) {
	for name, content := range files {
		if err := writeSynced(filepath.Join(dir, name), content); err != nil {
			return nil, err
		}
	}
	if err := os.Mkdir(filepath.Join(dir, inboxName), dirMode); err != nil {
		return nil, err
	}
	held, err := lock(dir)
	if err != nil {
		return nil, err
	}
	l := &Log{dir: dir, lock: held, at: start()}
	l.file, err = os.OpenFile(filepath.Join(dir, fileName), os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err == nil {
		err = l.Append(header)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// publish gives the run its name.
func (l *Log) publish(tmp, dir string) error {
	if err := publish(tmp, dir); err != nil {
		return errors.Join(err, l.Close())
	}
	l.dir = dir
	return nil
}

// publish gives a complete folder the name under which people look for it.
func publish(tmp, dir string) error {
	err := os.Rename(tmp, dir)
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.ENOTDIR) {
		err = fmt.Errorf("%w: resume it, or take another id", fs.ErrExist)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
