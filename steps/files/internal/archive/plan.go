package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say what of an archive goes where.
type Options struct {
	Into      string   // the folder that stands for /
	Only      Patterns // of the archive's paths; empty: all
	Exclude   Patterns
	MoveAside bool   // what is in the way; else it is an error
	Owner     bool   // keep owner and group
	FreeLinks bool   // with Into: links that lead out of it too
	Tag       string // part of the names of files that are not in place yet, or not any more

	// Made are folders, relative to Into, that a former attempt has made: they
	// are ours to finish.
	Made []string
}

// state is what stands where an item goes.
type state int

const (
	absent   state = iota
	same           // what would be written
	folder         // a folder, for a folder
	occupied       // something else
)

type planned struct {
	Item
	rel   string // where it goes, relative to Plan.into, links of the host's followed
	state state
	link  string // what a link's text will be
	aside string // where what is in the way goes, relative too
}

// Plan is what would be written where. Making one changes nothing.
type Plan struct {
	Options
	into   string // absolute, links followed
	items  []planned
	owners owners
	notes  []string

	root  *os.Root
	parts []part
	made  []string // folders, in the order in which they were made
	lost  map[string]int
}

// Plan looks at the places of all items. Every one that is taken is an error,
// all at once, unless what is there is what would be written.
func (o Options) Plan(items []Item) (*Plan, error) {
	p := &Plan{Options: o, lost: map[string]int{}}
	var err error
	if p.into, err = filepath.Abs(o.Into); err != nil {
		return nil, err
	}
	if p.into, err = followed(p.into); err != nil {
		return nil, err
	}
	for _, it := range items {
		if (len(o.Only) == 0 || o.Only.Match(it.Path)) && !o.Exclude.Match(it.Path) && it.Path != "/" {
			p.items = append(p.items, planned{Item: it})
		}
	}
	if len(p.items) == 0 {
		return nil, fmt.Errorf("nothing of the %d entries in the backup is chosen: compare only and exclude with its paths, such as %s", len(items), first(items))
	}
	var errs []error
	for i := range p.items {
		errs = append(errs, p.look(&p.items[i]))
	}
	return p, errors.Join(errs...)
}

// followed is a path with its links followed, as far as it exists.
func followed(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) || path == "/" {
		return real, err
	}
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s is a link to nothing", path)
	}
	dir, err := followed(filepath.Dir(path))
	return filepath.Join(dir, filepath.Base(path)), err
}

func first(items []Item) string {
	if len(items) == 0 {
		return "none"
	}
	return items[len(items)-1].Path
}

func (p *Plan) look(it *planned) error {
	var err error
	if it.rel, err = p.place(it.Path); err != nil {
		return err
	}
	if it.Link != "" {
		if it.link, err = p.relocate(it.Item); err != nil {
			return err
		}
	}
	if p.Owner {
		if it.UID, it.GID, err = p.owners.of(it.Item); err != nil {
			return err
		}
	}
	full := filepath.Join(p.into, it.rel)
	info, err := os.Lstat(full)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if it.Type.IsDir() {
		return p.lookFolder(it, full)
	}
	other, err := p.differs(it, info, full)
	switch {
	case err != nil:
		return err
	case other == "":
		it.state = same
		return nil
	case !p.MoveAside:
		return fmt.Errorf("%s exists, %s: nothing is overwritten; set existing: move_aside, or restore into another folder", full, other)
	}
	it.state = occupied
	it.aside, err = p.freeName(it.rel)
	return err
}

// lookFolder lets a folder that is there be, and a link to one as well.
func (p *Plan) lookFolder(it *planned, full string) error {
	info, err := os.Stat(full)
	if err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a folder, and the backup has one there: move it away", full)
	}
	if it.state = folder; slices.Contains(p.Made, it.rel) {
		return nil
	}
	if info.Mode()&^fs.ModeType != it.Mode || p.Owner && !p.owners.has(info, it.Item) {
		p.notes = append(p.notes, fmt.Sprintf("%s was there before and keeps its owner and mode (%s; in the backup %s)", full, info.Mode().Perm(), it.Mode.Perm()))
	}
	return nil
}

// differs says how what is there differs from what would be written; "": in
// nothing.
func (p *Plan) differs(it *planned, info fs.FileInfo, full string) (string, error) {
	switch {
	case info.Mode().Type() != it.Type:
		return "and is of another type", nil
	case it.Type == fs.ModeSymlink:
		if link, err := os.Readlink(full); err != nil || link != it.link {
			return "and leads elsewhere", err
		}
	case info.Size() != it.Size:
		return "with other content", nil
	case info.Mode()&^fs.ModeType != it.Mode:
		return fmt.Sprintf("with the mode %s (in the backup %s)", info.Mode().Perm(), it.Mode.Perm()), nil
	default:
		sum, err := digest(full)
		if err != nil || sum != it.SHA256 {
			return "with other content", err
		}
	}
	if p.Owner && !p.owners.has(info, it.Item) {
		return "with another owner or group", nil
	}
	return "", nil
}

func digest(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// beside is a name in the same folder. It begins with a dot, since what reads a
// whole folder, as the kubelet does its manifests, passes those by.
func beside(rel, what, tag string) string {
	return filepath.Join(filepath.Dir(rel), "."+filepath.Base(rel)+"."+what+"-"+tag)
}

// freeName is where what is in the way goes; nothing that went there before is
// replaced.
func (p *Plan) freeName(rel string) (string, error) {
	name := beside(rel, "before", p.Tag)
	for n := 2; ; n++ {
		_, err := os.Lstat(filepath.Join(p.into, name))
		if errors.Is(err, fs.ErrNotExist) {
			return name, nil
		}
		if err != nil {
			return "", err
		}
		name = fmt.Sprintf("%s.%d", beside(rel, "before", p.Tag), n)
	}
}

// Move is something that was in the way.
type Move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Moves are what will be moved aside, in absolute paths.
func (p *Plan) Moves() (moves []Move) {
	for _, it := range p.items {
		if it.state == occupied {
			moves = append(moves, Move{filepath.Join(p.into, it.rel), filepath.Join(p.into, it.aside)})
		}
	}
	return moves
}

// NewFolders are the folders of the archive that will be made, as Options.Made
// wants them.
func (p *Plan) NewFolders() (dirs []string) {
	for _, it := range p.items {
		if it.Type.IsDir() && it.state == absent {
			dirs = append(dirs, it.rel)
		}
	}
	return dirs
}

// Counts are of files and links.
func (p *Plan) Counts() (write, unchanged int, bytes int64) {
	for _, it := range p.items {
		switch {
		case it.Type.IsDir():
		case it.state == same:
			unchanged++
		default:
			write++
			bytes += it.Size
		}
	}
	return write, unchanged, bytes
}

// Notes are what an operator should know, and what stops nothing.
func (p *Plan) Notes() []string {
	notes := slices.Clone(p.notes)
	for what, n := range p.lost {
		notes = append(notes, fmt.Sprintf("the file system there takes no %s: %d files have none", what, n))
	}
	slices.Sort(notes)
	return notes
}

// Folder is the nearest folder that exists where most will be written, for
// whoever asks for its space.
func (p *Plan) Folder() string {
	for dir := filepath.Dir(filepath.Join(p.into, p.items[0].rel)); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == "/" || strings.TrimLeft(dir, ".") == "" {
			return dir
		}
	}
}
