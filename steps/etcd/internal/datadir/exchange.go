package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// Forward puts the fresh folder into the live place, and what is there to the
// old one. It goes on where a crash left it; done twice it does nothing.
func (p Place) Forward() error {
	exchange := p.forward
	if p.In != "" {
		exchange = p.forwardEach
	}
	if err := exchange(); err != nil {
		return err
	}
	return p.ownMount()
}

func (p Place) forward() error {
	fresh, err := exists(p.Fresh)
	if err != nil || !fresh {
		return err
	}
	live, err := exists(p.Live)
	if err != nil {
		return err
	}
	if live {
		if made, err := p.atOnce(); made || err != nil {
			return err
		}
		if err := p.renameAside(p.Live); err != nil {
			return err
		}
	}
	if err := atomicfile.Rename(p.Fresh, p.Live); err != nil {
		return fmt.Errorf("move the restored data in: %w", err)
	}
	return atomicfile.SyncDir(filepath.Dir(p.Fresh))
}

// renameAside gives the old folder, which is at path, its last name.
func (p Place) renameAside(path string) error {
	if err := os.MkdirAll(filepath.Dir(p.Old), private); err != nil {
		return err
	}
	if err := atomicfile.Rename(path, p.Old); err != nil {
		return fmt.Errorf("move the old data aside: %w", err)
	}
	return nil
}

// ownMount: who formatted the disk anew need not have thought of the server,
// which must be able to write there.
func (p Place) ownMount() error {
	if p.Mount == "" {
		return nil
	}
	return p.Owner.give(p.Mount)
}

// Aside moves what was live to the old place, and leaves an empty folder of the
// owner and mode there, whether or not there was an old one. It goes on where a
// crash left it; done twice, before a server has written there, it does nothing.
func (p Place) Aside() error {
	if p.In != "" {
		if err := moveEach(p.Live, p.Old); err != nil {
			return err
		}
		return p.ownMount()
	}
	moved, err := exists(p.Old)
	if err != nil {
		return err
	}
	if p.Had && !moved {
		if err := p.renameAside(p.Live); err != nil {
			return err
		}
	}
	// A server that does not run as root cannot make its folder itself.
	if err := os.MkdirAll(filepath.Dir(p.Live), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(p.Live, private); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := p.Owner.Give(p.Live); err != nil {
		return err
	}
	return p.ownMount()
}

// Back undoes a Forward that has begun, however far it came, and removes the
// fresh folder, which no server has ever used. What was live is live again.
func (p Place) Back() error {
	if p.In != "" {
		return p.backEach()
	}
	if err := p.backAtOnce(); err != nil {
		return err
	}
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

// Clear removes what holds no data: the fresh folder, with what was begun under
// a name like its, and an old one that was empty.
func (p Place) Clear() error {
	if err := p.checkFresh(); err != nil {
		return err
	}
	unfinished, err := filepath.Glob(escape(p.Fresh) + ".*")
	if err != nil {
		return err
	}
	for _, path := range append(unfinished, p.Fresh) {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	// Only an empty folder can be removed this way.
	_ = os.Remove(p.Old)
	for _, other := range []string{p.Fresh, p.Old} {
		if parent := filepath.Dir(other); p.Mount != "" && parent != p.Mount {
			_ = os.Remove(parent)
		}
	}
	return nil
}

// escape makes a path match only itself.
func escape(path string) string {
	var out []rune
	for _, r := range path {
		switch r {
		case '*', '?', '[', '\\':
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}
