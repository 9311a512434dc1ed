package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/drplan/drplan/steps/internal/atomicfile"
	"golang.org/x/sys/unix"
)

// Two renames leave a moment in which there is no live folder; a supervisor that
// starts a server then has it begin with nothing. The kernel can also give two
// folders each other's name at once. Then the names no longer tell how far an
// exchange has come, and what the fresh folder is, is noted beforehand.

// Mark notes which folder the fresh one is. It must be whole. Where entries move
// one by one there is no such folder.
func (p *Place) Mark() (err error) {
	if p.In != "" {
		return nil
	}
	p.Ino, err = inode(p.Fresh)
	return err
}

// atOnce exchanges Fresh and Live in one step, and gives the old folder, which
// then has the name Fresh, its own. It reports whether that could be done here.
func (p Place) atOnce() (made bool, err error) {
	in, err := p.liveIsFresh()
	if err != nil || p.Ino == 0 {
		return false, err
	}
	if !in {
		if made, err = p.trade(p.Fresh); !made || err != nil {
			return made, err
		}
	}
	if err := p.renameAside(p.Fresh); err != nil {
		return true, err
	}
	return true, atomicfile.SyncDir(filepath.Dir(p.Fresh))
}

// backAtOnce undoes what atOnce did, whichever name the old folder has.
func (p Place) backAtOnce() error {
	in, err := p.liveIsFresh()
	if err != nil || p.Ino == 0 {
		return err
	}
	for _, name := range []string{p.Fresh, p.Old} {
		there, err := exists(name)
		if err != nil {
			return err
		}
		if in && there && (name == p.Fresh || p.Had) {
			if _, err := p.trade(name); err != nil {
				return err
			}
			in, err = p.liveIsFresh()
			if err != nil {
				return err
			}
		}
	}
	if at, err := inode(p.Old); err == nil && at == p.Ino {
		return atomicfile.Rename(p.Old, p.Fresh)
	}
	return nil
}

// trade gives Live and the other folder each other's name; false where the file
// system cannot.
func (p Place) trade(other string) (made bool, err error) {
	err = unix.Renameat2(unix.AT_FDCWD, other, unix.AT_FDCWD, p.Live, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("exchange %s and %s: %w", other, p.Live, err)
	}
	return true, errors.Join(atomicfile.SyncDir(filepath.Dir(p.Live)), atomicfile.SyncDir(filepath.Dir(other)))
}

// liveIsFresh is false before Mark.
func (p Place) liveIsFresh() (bool, error) {
	at, err := inode(p.Live)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return p.Ino != 0 && at == p.Ino, err
}

// Swapped reports whether the exchange of a place that was marked is made.
func (p Place) Swapped() bool {
	if p.In != "" {
		fresh, err := exists(p.Fresh)
		in, ierr := exists(p.In)
		return err == nil && ierr == nil && !fresh && !in
	}
	in, err := p.liveIsFresh()
	return in && err == nil
}

// checkFresh: what is about to be deleted must not be the old folder.
func (p Place) checkFresh() error {
	at, err := inode(p.Fresh)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (p.Ino == 0 || at == p.Ino) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%s is not the folder that was restored there, and is left alone: it may be the old data", p.Fresh)
	}
	return err
}

func inode(path string) (uint64, error) {
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return 0, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return st.Ino, nil
}
