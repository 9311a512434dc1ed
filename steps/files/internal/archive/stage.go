package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// part is a file or link that is complete, and not in its place yet.
type part struct {
	name string // relative, as all names here
	item planned
}

// Stage writes everything beside where it goes, from the archive that the plan
// was made of. It makes folders, and puts nothing in place.
func (p *Plan) Stage(ctx context.Context, from io.Reader, limit int64) error {
	if err := os.MkdirAll(p.into, 0o700); err != nil {
		return err
	}
	var err error
	if p.root, err = os.OpenRoot(p.into); err != nil {
		return err
	}
	index := map[string]planned{}
	for _, it := range p.items {
		index[it.Path] = it
	}
	return walk(ctx, from, limit, func(it Item, content io.Reader) error {
		planned, chosen := index[it.Path]
		if !chosen || planned.state == same {
			return nil
		}
		if err := p.stage(planned, content); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(p.into, planned.rel), explained(err))
		}
		return nil
	})
}

func explained(err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("the disk is full: make room: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w (run as root, or set keep_owner: false)", err)
	}
	return err
}

func (p *Plan) stage(it planned, content io.Reader) error {
	if it.Type.IsDir() {
		return p.mkdir(it.rel, 0o700) // until it is finished
	}
	if err := p.mkdir(filepath.Dir(it.rel), 0o755); err != nil {
		return err
	}
	part := part{beside(it.rel, "part", p.Tag), it}
	if err := p.root.Remove(part.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	p.parts = append(p.parts, part)
	if it.Type == fs.ModeSymlink {
		if err := p.root.Symlink(it.link, part.name); err != nil {
			return err
		}
	} else if err := p.fill(part, content); err != nil {
		return err
	}
	return p.dress(part.name, it.Item)
}

// mkdir makes a folder and its parents, and remembers which.
func (p *Plan) mkdir(rel string, mode fs.FileMode) error {
	if rel == "." {
		return nil
	}
	info, err := p.root.Stat(rel)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return errors.New("it is not a folder any more")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := p.mkdir(filepath.Dir(rel), 0o755); err != nil {
		return err
	}
	p.made = append(p.made, rel)
	return p.root.Mkdir(rel, mode)
}

func (p *Plan) fill(to part, content io.Reader) error {
	f, err := p.root.OpenFile(to.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, h), content); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != to.item.SHA256 {
		return errors.New("the backup changed while it was restored")
	}
	if p.Owner { // before the mode: a new owner takes set-user-ID away
		if err := f.Chown(to.item.UID, to.item.GID); err != nil {
			return err
		}
	}
	if err := f.Chmod(to.item.Mode); err != nil {
		return err
	}
	return f.Sync()
}

// dress gives an entry the attributes and the times of the archive; of links,
// which have no mode, the owner too.
func (p *Plan) dress(rel string, it Item) error {
	dir, err := p.root.Open(filepath.Dir(rel))
	if err != nil {
		return err
	}
	defer dir.Close()
	name := filepath.Base(rel)
	if it.Type == fs.ModeSymlink && p.Owner {
		if err := p.root.Lchown(rel, it.UID, it.GID); err != nil {
			return err
		}
	}
	for attribute, value := range it.Attributes {
		err := setXattr(dir, name, attribute, value)
		if untaken(err) {
			p.lost[attribute]++
			continue
		}
		if err != nil {
			return fmt.Errorf("its attribute %s: %w", attribute, err)
		}
	}
	stamp := unix.NsecToTimespec(it.Modified.UnixNano())
	return unix.UtimesNanoAt(int(dir.Fd()), name, []unix.Timespec{stamp, stamp}, unix.AT_SYMLINK_NOFOLLOW)
}

// Abort removes what Stage made.
func (p *Plan) Abort() error {
	if p.root == nil {
		return nil
	}
	var errs []error
	for _, part := range p.parts {
		if err := p.root.Remove(part.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	for _, dir := range slices.Backward(p.made) {
		_ = p.root.Remove(dir) // unless somebody has put something there
	}
	return errors.Join(append(errs, p.root.Close())...)
}

// Commit puts everything in place: what is in the way aside, what is complete
// under its name. It cannot be cancelled, and is a matter of renames.
func (p *Plan) Commit() error {
	defer p.root.Close()
	for _, part := range p.parts {
		if err := p.put(part); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(p.into, part.item.rel), err)
		}
	}
	for _, it := range slices.Backward(p.items) { // what is within first, for the times of the folders
		if it.Type.IsDir() && (it.state == absent || slices.Contains(p.Made, it.rel)) {
			if err := p.finish(it); err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(p.into, it.rel), explained(err))
			}
		}
	}
	return p.sync()
}

func (p *Plan) put(part part) error {
	it := part.item
	if it.state == occupied {
		if err := p.root.Rename(it.rel, it.aside); err != nil {
			return err
		}
	}
	if _, err := p.root.Lstat(it.rel); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(errors.New("something has appeared there meanwhile, and is left alone: move it away"), err)
	}
	return p.root.Rename(part.name, it.rel)
}

func (p *Plan) finish(it planned) error {
	if p.Owner {
		if err := p.root.Chown(it.rel, it.UID, it.GID); err != nil {
			return err
		}
	}
	if err := p.root.Chmod(it.rel, it.Mode); err != nil {
		return err
	}
	return p.dress(it.rel, it.Item)
}

// sync makes the names durable.
func (p *Plan) sync() error {
	seen := map[string]bool{}
	for _, it := range p.items {
		dir := filepath.Dir(it.rel)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		f, err := p.root.Open(dir)
		if err != nil {
			return err
		}
		err = f.Sync()
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}
