package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// An exchange of entries one by one cannot be one rename. It is told how far it
// has come by the fresh folder's name: while it is Fresh, what is in Live is
// old and on its way out; while it is In, what is in Live is fresh and on its
// way in (or, going back, out again); without either the exchange is over.

func (p Place) forwardEach() error {
	fresh, err := exists(p.Fresh)
	if err != nil {
		return err
	}
	if fresh {
		if err := moveEach(p.Live, p.Old); err != nil {
			return fmt.Errorf("move the old data aside: %w", err)
		}
		if err := atomicfile.Rename(p.Fresh, p.In); err != nil {
			return err
		}
	}
	in, err := exists(p.In)
	if err != nil || !in {
		return err
	}
	if err := moveEach(p.In, p.Live); err != nil {
		return fmt.Errorf("move the restored data in: %w", err)
	}
	return os.Remove(p.In)
}

func (p Place) backEach() error {
	if err := p.takeOut(); err != nil {
		return fmt.Errorf("move the restored data out again: %w", err)
	}
	if err := moveEach(p.Old, p.Live); err != nil {
		return fmt.Errorf("put the old data of %s back: %w", p.Old, err)
	}
	return p.Clear()
}

// takeOut moves what came in back to Fresh.
func (p Place) takeOut() error {
	fresh, err := exists(p.Fresh)
	if err != nil || fresh {
		return err // nothing has come in yet
	}
	old, err := movable(p.Old)
	if err != nil {
		return err
	}
	in, err := exists(p.In)
	if err != nil || !in && p.Had && len(old) == 0 {
		return err // it is back already
	}
	if err := moveEach(p.Live, p.In); err != nil {
		return err
	}
	if err := os.MkdirAll(p.In, private); err != nil { // nothing had to move
		return err
	}
	return atomicfile.Rename(p.In, p.Fresh)
}

// moveEach moves all entries but those that an exchange made. What is moved
// already stays where it is, and nothing is written over.
func moveEach(from, to string) error {
	names, err := movable(from)
	if err != nil || len(names) == 0 {
		return err
	}
	if err := os.MkdirAll(to, private); err != nil {
		return err
	}
	for _, name := range names {
		target := filepath.Join(to, name)
		if there, err := exists(target); err != nil {
			return err
		} else if there {
			return &fs.PathError{Op: "move " + filepath.Join(from, name) + " to", Path: target, Err: fs.ErrExist}
		}
		if err := os.Rename(filepath.Join(from, name), target); err != nil {
			return err
		}
	}
	if err := atomicfile.SyncDir(to); err != nil {
		return err
	}
	return atomicfile.SyncDir(from)
}

// movable are the names in a folder that are the server's; none where there is
// no folder.
func movable(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); name != lostAndFound && !marked(name) {
			names = append(names, name)
		}
	}
	return names, err
}

func marked(name string) bool {
	for _, mark := range []string{newMark, oldMark, inMark} {
		if strings.HasPrefix(name, mark) {
			return true
		}
	}
	return false
}
