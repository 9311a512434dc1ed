package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// attempt is the folder of one start of a program:
//
//	claim/owner     who has it: JSON of owner; locked as long as a wrapper lives
//	stdout, stderr  of the program; of a long one a head and a tail, see spare
//	status          how it ended: JSON of status; absent until then
//	wrapper.log     what the wrapper has to say, which is nothing
type attempt string

// owner is who claimed an attempt: a wrapper, or nobody ever.
type owner struct {
	Pid  int  `json:"pid,omitempty"`  // of the wrapper
	Void bool `json:"void,omitempty"` // claimed by a Reconcile, so that no wrapper that comes late can begin
}

// status is how the program ended.
type status struct {
	ExitCode int       `json:"exit_code"`
	Signal   string    `json:"signal,omitempty"`  // that killed it
	Error    string    `json:"error,omitempty"`   // it could not be started
	Stopped  bool      `json:"stopped,omitempty"` // the wrapper was told to stop it
	EndedAt  time.Time `json:"ended_at"`
}

func (a attempt) path(name string) string { return filepath.Join(string(a), name) }
func (a attempt) ownerFile() string       { return filepath.Join(string(a), "claim", "owner") }

// attemptName is the folder's name; a second start under one number, after a
// settled doubt, has a turn of its own.
func attemptName(dir string, number, turn int) attempt {
	name := fmt.Sprintf("attempt-%d", number)
	if turn > 1 {
		name = fmt.Sprintf("%s.%d", name, turn)
	}
	return attempt(filepath.Join(dir, name))
}

// newAttempt makes the folder of a start that has not been before.
func newAttempt(dir string, number int) (attempt, error) {
	for turn := 1; ; turn++ {
		a := attemptName(dir, number, turn)
		err := os.Mkdir(string(a), 0o700)
		if err == nil {
			return a, syncDir(dir)
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
}

// attempts lists the starts under a number, oldest first.
func attempts(dir string, number int) (all []attempt, err error) {
	for turn := 1; ; turn++ {
		a := attemptName(dir, number, turn)
		_, err := os.Stat(string(a))
		if errors.Is(err, fs.ErrNotExist) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
}

// lastAttempt finds the newest start under a number.
func lastAttempt(dir string, number int) (a attempt, found bool, err error) {
	all, err := attempts(dir, number)
	if err != nil || len(all) == 0 {
		return "", false, err
	}
	return all[len(all)-1], true, nil
}

// errClaimed is why a claim failed.
var errClaimed = errors.New("the attempt is claimed already")

// claim takes the attempt, once for all. The folder comes with the owner in it,
// so that nobody ever sees a claim without one. The lock is held until the file
// is closed or the process is gone, and no child inherits it.
func (a attempt) claim(o owner) (*os.File, error) {
	tmp, err := os.MkdirTemp(string(a), "claim-")
	if err != nil {
		return nil, err
	}
	f, err := writeOwner(filepath.Join(tmp, "owner"), o)
	if err == nil {
		err = syncDir(tmp)
	}
	if err == nil {
		err = os.Rename(tmp, a.path("claim"))
	}
	if err == nil {
		return f, syncDir(string(a))
	}
	if f != nil {
		f.Close()
	}
	os.RemoveAll(tmp)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
		err = errClaimed
	}
	return nil, err
}

func writeOwner(path string, o owner) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err == nil {
		err = json.NewEncoder(f).Encode(o)
	}
	return f, errors.Join(err, f.Sync())
}

// owner reads who has the attempt; found is false when nobody has.
func (a attempt) owner() (o owner, found bool, err error) {
	found, err = readJSON(a.ownerFile(), &o)
	return o, found, err
}

// status reads how the program ended; found is false when it has not, or when
// nobody will ever know.
func (a attempt) status() (s status, found bool, err error) {
	found, err = readJSON(a.path("status"), &s)
	return s, found, err
}

// alive reports whether the wrapper that claimed the attempt is still there.
func (a attempt) alive() (bool, error) {
	err := a.lock(syscall.LOCK_SH | syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// awaitOwner returns when the wrapper is gone.
func (a attempt) awaitOwner() error { return a.lock(syscall.LOCK_SH) }

func (a attempt) lock(how int) error {
	f, err := os.Open(a.ownerFile())
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		if err = syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func readJSON(path string, into any) (found bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	return true, nil
}

// end leaves the program's status, whole or not at all.
func (a attempt) end(s status) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	tmp := a.path("status.tmp")
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, a.path("status")); err != nil {
		return err
	}
	return syncDir(string(a))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
