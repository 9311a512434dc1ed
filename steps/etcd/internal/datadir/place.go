package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Place is a folder that is to be exchanged. It is made before anything is
// touched and kept on disk, so that after a crash what exists under its names
// tells how far the exchange had come.
type Place struct {
	Live  string `json:"live"`            // where the server expects it
	Root  string `json:"root"`            // Fresh, or where Live is a folder within a mount, what Fresh is to lie in
	Fresh string `json:"fresh"`           // where the new one is made; on the same file system
	Old   string `json:"old"`             // where the old one goes
	Mount string `json:"mount,omitempty"` // the mount point that the exchange stays within; "" when Live is renamed itself
	In    string `json:"in,omitempty"`    // Fresh while its entries move into Live; "" unless they move one by one
	Had   bool   `json:"had"`             // there was an old one
	Ino   uint64 `json:"ino,omitempty"`   // the fresh folder, by whatever name; 0 before Mark
	Owner Owner  `json:"owner"`
}

// Plan looks at dir and plans its exchange; tag makes the other names unique.
// A dir that is a mount point cannot be renamed. Then its folder inner is
// exchanged, within the mount; without inner, each entry of it.
func Plan(dir, inner, tag string) (Place, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Place{}, err
	}
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target // a link is kept, and what it leads to exchanged
	}
	p := Place{Live: dir, Root: dir + newMark + tag, Old: dir + oldMark + tag}
	p.Fresh = p.Root
	mount, err := isMount(dir)
	if err != nil {
		return Place{}, err
	}
	if mount {
		p = within(dir, inner, tag)
	}
	if p.In != "" {
		var entries []string
		entries, err = movable(dir)
		p.Had = len(entries) > 0
	} else {
		p.Had, err = exists(p.Live)
	}
	if err == nil {
		p.Owner, err = readOwner(p.Live, dir)
	}
	return p, err
}

// What the names of folders made by an exchange have before their tag.
const (
	newMark = ".new-"
	oldMark = ".old-"
	inMark  = ".in-"
)

func within(mount, inner, tag string) Place {
	p := Place{
		Mount: mount,
		Live:  filepath.Join(mount, inner),
		Root:  filepath.Join(mount, newMark+tag),
		Fresh: filepath.Join(mount, newMark+tag, inner),
		Old:   filepath.Join(mount, oldMark+tag, inner),
	}
	if inner == "" {
		p.In = filepath.Join(mount, inMark+tag)
	}
	return p
}

// Empty reports whether there is no data to lose: no folder, or nothing in it
// but what every new file system has.
func Empty(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	for _, e := range entries {
		if e.Name() != lostAndFound {
			return false, err
		}
	}
	return true, err
}

const lostAndFound = "lost+found"

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
