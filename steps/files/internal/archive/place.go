package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// place is where a path of the archive goes, relative to into. Links that the
// host has among the parents are followed, and must not lead out of into.
func (p *Plan) place(path string) (string, error) {
	dir, rest := filepath.Join(p.into, filepath.Dir(path)), filepath.Base(path)
	for {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			return p.within(real, dir, rest)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if _, err := os.Lstat(dir); err == nil {
			return "", fmt.Errorf("%s is a link to nothing: make what it points to, or remove it", dir)
		}
		dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest)
	}
}

func (p *Plan) within(real, dir, rest string) (string, error) {
	if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s is not a folder, and the backup has one there: move it away", dir)
	}
	if len(real) < len(p.into) { // into does not exist yet
		rel, err := filepath.Rel(p.into, filepath.Join(real, rest))
		if err != nil || !filepath.IsLocal(rel) {
			return "", fmt.Errorf("%s is not below %s", filepath.Join(real, rest), p.into)
		}
		return rel, nil
	}
	rel, err := filepath.Rel(p.into, real)
	if err != nil || rel != "." && !filepath.IsLocal(rel) {
		return "", fmt.Errorf("refused: %s is a link that leads out of %s, to %s", dir, p.into, real)
	}
	return filepath.Join(rel, rest), nil
}

// relocate is the text of a link where it is restored. In the original places it
// is what it was. Below another folder, a link to something that is restored too
// leads to the copy; one that leads out of the folder would show the live file
// to whoever looks at the restored one, and is refused.
func (p *Plan) relocate(it Item) (string, error) {
	if p.into == "/" || p.FreeLinks {
		return it.Link, nil
	}
	dir := filepath.Dir(it.Path)
	stays := !filepath.IsAbs(it.Link) && filepath.IsLocal(filepath.Join(dir[1:], it.Link))
	if stays {
		return it.Link, nil
	}
	to := target(it.Path, it.Link)
	for _, other := range p.items {
		if other.Path == to {
			return filepath.Rel(dir, to)
		}
	}
	return "", fmt.Errorf("refused: %s is a link to %s, which is not restored, so it would lead out of %s: exclude it, or set outside_links: keep", it.Path, it.Link, p.into)
}
