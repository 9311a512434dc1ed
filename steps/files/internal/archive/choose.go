package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Entry is one file, folder or symbolic link on its way into an archive.
type Entry struct {
	Path string // absolute, clean
	Info fs.FileInfo
	Link string // where a symbolic link points, as it is written there
}

// Selection is what will be archived, sorted by path: a folder comes before what
// is in it.
type Selection []Entry

// Size is the bytes of all files.
func (s Selection) Size() (n int64) {
	for _, e := range s {
		if e.Info.Mode().IsRegular() {
			n += e.Info.Size()
		}
	}
	return n
}

// Files counts files and links, not folders.
func (s Selection) Files() (n int) {
	for _, e := range s {
		if !e.Info.IsDir() {
			n++
		}
	}
	return n
}

// Has reports whether a path is in the selection.
func (s Selection) Has(path string) bool {
	_, found := slices.BinarySearchFunc(s, path, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	return found
}

// Choose finds what paths name: files, and folders with all that is in them. A
// pattern must find something. Every path that does not hold is an error, all
// at once.
func Choose(paths, exclude []string) (Selection, error) {
	c := chooser{exclude: exclude, seen: map[string]Entry{}}
	var errs []error
	for _, path := range paths {
		errs = append(errs, c.named(path))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	selection := make(Selection, 0, len(c.seen))
	for _, e := range c.seen {
		selection = append(selection, e)
	}
	slices.SortFunc(selection, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return selection, c.linksNamed(selection)
}

type chooser struct {
	exclude Patterns
	seen    map[string]Entry
	links   []Entry // links that were named themselves
}

func (c *chooser) named(path string) error {
	full, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(full); err == nil || !strings.ContainsAny(path, "*?[") {
		err := c.walk(full)
		if e, chosen := c.seen[full]; chosen && e.Link != "" {
			c.links = append(c.links, e)
		}
		return err
	}
	found, err := filepath.Glob(full)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s finds nothing: %w", full, fs.ErrNotExist)
	}
	errs := []error{err}
	for _, one := range found {
		errs = append(errs, c.walk(one))
	}
	return errors.Join(errs...)
}

func (c *chooser) walk(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case c.exclude.Match(path) && d.IsDir():
			return fs.SkipDir
		case c.exclude.Match(path):
			return nil
		}
		e, err := look(path)
		if err != nil {
			return err
		}
		c.seen[path] = e
		return nil
	})
}

func look(path string) (Entry, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Path: path, Info: info}
	switch mode := info.Mode(); {
	case mode.IsRegular() || mode.IsDir():
		return e, nil
	case mode.Type() == fs.ModeSymlink:
		e.Link, err = os.Readlink(path)
		return e, err
	default:
		return e, fmt.Errorf("%s is neither a file nor a folder nor a link (%s): exclude it", path, mode.Type())
	}
}

// linksNamed refuses a backup that would hold a link that somebody named, and
// not what they meant by it.
func (c *chooser) linksNamed(s Selection) error {
	var errs []error
	for _, e := range c.links {
		if to := e.Target(); !s.Has(to) {
			errs = append(errs, fmt.Errorf("%s is a link to %s, which would not be in the backup: name %s too", e.Path, to, to))
		}
	}
	return errors.Join(errs...)
}

// Target is where a link leads, as an absolute path.
func (e Entry) Target() string { return target(e.Path, e.Link) }

func target(path, link string) string {
	if filepath.IsAbs(link) {
		return filepath.Clean(link)
	}
	return filepath.Join(filepath.Dir(path), link)
}

// Dangling lists the links that lead out of the selection.
func (s Selection) Dangling() (out []Entry) {
	for _, e := range s {
		if e.Link != "" && !s.Has(e.Target()) {
			out = append(out, e)
		}
	}
	return out
}
