package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// Place is a folder that is to be exchanged. It is made before anything is
// touched and kept on disk, so that after a crash what exists under its three
// names tells how far the exchange had come.
type Place struct {
	Live  string `json:"live"`  // where the server expects it
	Root  string `json:"root"`  // Fresh, or where Live is a folder within a mount, what Fresh is to lie in
	Fresh string `json:"fresh"` // where the new one is made; on the same file system
	Old   string `json:"old"`   // where the old one goes
	Had   bool   `json:"had"`   // there was an old one
	Owner Owner  `json:"owner"`
}

// Plan looks at dir and plans its exchange; tag makes the other names unique.
// A dir that is a mount point cannot be renamed: then its folder inner is
// exchanged, within the mount. Without inner that is an error.
func Plan(dir, inner, tag string) (Place, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Place{}, err
	}
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target // a link is kept, and what it leads to exchanged
	}
	p := Place{Live: dir, Root: dir + ".new-" + tag, Old: dir + ".old-" + tag}
	p.Fresh = p.Root
	mount, err := isMount(dir)
	if err != nil {
		return Place{}, err
	}
	if mount && inner == "" {
		return Place{}, fmt.Errorf("%s is a mount point and cannot be renamed: use a folder below it", dir)
	}
	if mount {
		p.Live = filepath.Join(dir, inner)
		p.Root = filepath.Join(dir, ".new-"+tag)
		p.Fresh = filepath.Join(p.Root, inner)
		p.Old = filepath.Join(dir, ".old-"+tag, inner)
	}
	p.Had, err = exists(p.Live)
	if err == nil {
		p.Owner, err = readOwner(p.Live, dir)
	}
	return p, err
}

// isMount reports whether dir lies on another file system than its parent. A
// bind mount of the same file system is not seen here; its rename fails, and
// is undone.
func isMount(dir string) (bool, error) {
	var self, parent syscall.Stat_t
	if err := syscall.Stat(dir, &self); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, &fs.PathError{Op: "stat", Path: dir, Err: err}
	}
	if err := syscall.Stat(filepath.Dir(dir), &parent); err != nil {
		return false, &fs.PathError{Op: "stat", Path: filepath.Dir(dir), Err: err}
	}
	return self.Dev != parent.Dev, nil
}

// Empty reports whether there is no data to lose: no folder, or nothing in it.
func Empty(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return len(entries) == 0, err
}

// Forward puts the fresh folder into the live place, and what is there to the
// old one. It goes on where a crash left it; done twice it does nothing.
func (p Place) Forward() error {
	fresh, err := exists(p.Fresh)
	if err != nil || !fresh {
		return err
	}
	live, err := exists(p.Live)
	if err != nil {
		return err
	}
	if live {
		if err := os.MkdirAll(filepath.Dir(p.Old), 0o700); err != nil {
			return err
		}
		if err := atomicfile.Rename(p.Live, p.Old); err != nil {
			return fmt.Errorf("move the old data aside: %w", err)
		}
	}
	if err := atomicfile.Rename(p.Fresh, p.Live); err != nil {
		return fmt.Errorf("move the restored data in: %w", err)
	}
	return atomicfile.SyncDir(filepath.Dir(p.Fresh))
}

// Aside moves what was live to the old place, and puts an empty folder there.
// Done twice it does nothing.
func (p Place) Aside() error {
	old, err := exists(p.Old)
	if err != nil || old || !p.Had {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.Old), 0o700); err != nil {
		return err
	}
	if err := atomicfile.Rename(p.Live, p.Old); err != nil || p.Root != p.Fresh {
		return err
	}
	// A server that does not run as root cannot make its folder itself.
	if err := os.Mkdir(p.Live, private); err != nil {
		return err
	}
	return p.Owner.Give(p.Live)
}

// Back undoes a Forward that has begun, however far it came, and removes the
// fresh folder, which no server has ever used. What was live is live again.
func (p Place) Back() error {
	swapped, err := p.swapped()
	if err != nil {
		return err
	}
	if swapped {
		if err := atomicfile.Rename(p.Live, p.Fresh); err != nil {
			return fmt.Errorf("move the restored data out again: %w", err)
		}
	}
	live, err := exists(p.Live)
	if err != nil {
		return err
	}
	if old, err := exists(p.Old); err != nil {
		return err
	} else if old && !live {
		if err := atomicfile.Rename(p.Old, p.Live); err != nil {
			return fmt.Errorf("put the old data of %s back: %w", p.Old, err)
		}
	}
	return p.Clear()
}

// swapped reports whether what is live is the fresh folder.
func (p Place) swapped() (bool, error) {
	fresh, err := exists(p.Fresh)
	if err != nil || fresh {
		return false, err
	}
	if p.Had {
		return exists(p.Old)
	}
	return exists(p.Live)
}

// Clear removes what Forward left behind that holds no data: the fresh folder,
// and an old one that was empty.
func (p Place) Clear() error {
	if err := os.RemoveAll(p.Fresh); err != nil {
		return err
	}
	// Only an empty folder can be removed this way.
	_ = os.Remove(p.Old)
	for _, other := range []string{p.Fresh, p.Old} {
		if parent := filepath.Dir(other); parent != filepath.Dir(p.Live) {
			_ = os.Remove(parent)
		}
	}
	return nil
}

// Kept is where the old folder is now; "" when there was none.
func (p Place) Kept() string {
	if kept, err := exists(p.Old); err == nil && kept {
		return p.Old
	}
	return ""
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
