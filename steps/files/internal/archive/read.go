package archive

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// maxEntries bounds what an archive may make of memory and of inodes.
const maxEntries = 100_000

// Item is one entry of an archive, and what it says of itself.
type Item struct {
	Path       string // absolute, clean: where it came from
	Type       fs.FileMode
	Mode       fs.FileMode // permissions, with the bits for set-user-ID and so on
	UID, GID   int
	User       string // names; "" where the archive has none
	Group      string
	Modified   time.Time
	Size       int64
	SHA256     string // of a file's content, once it was read
	Link       string
	Attributes map[string]string
}

// visit is called for every item; content is a file's, else empty.
type visit func(it Item, content io.Reader) error

// Contents lists an archive, every byte of it read, and judges it as a whole:
// see walk.
func Contents(ctx context.Context, from io.Reader, limit int64) ([]Item, error) {
	var items []Item
	err := walk(ctx, from, limit, func(it Item, content io.Reader) error {
		if it.Type.IsRegular() {
			h := sha256.New()
			if _, err := io.Copy(h, content); err != nil {
				return err
			}
			it.SHA256 = hex.EncodeToString(h.Sum(nil))
		}
		items = append(items, it)
		return nil
	})
	return items, err
}

// walk goes through an archive to its very end, where damage may show. limit is
// for the bytes of all files.
func walk(ctx context.Context, from io.Reader, limit int64, each visit) error {
	guard := guard{left: limit, limit: limit, kinds: map[string]fs.FileMode{}}
	in := &cancelled{ctx, from}
	r := tar.NewReader(in)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		it, err := item(h)
		if err == nil {
			err = guard.admit(it)
		}
		if err != nil {
			return fmt.Errorf("refused: %w", err)
		}
		if err := each(it, r); err != nil {
			return err
		}
	}
	_, err := io.Copy(io.Discard, in)
	return err
}

func item(h *tar.Header) (Item, error) {
	it := Item{
		Mode: h.FileInfo().Mode() &^ fs.ModeType, Type: h.FileInfo().Mode().Type(),
		UID: h.Uid, GID: h.Gid, User: h.Uname, Group: h.Gname, Modified: h.ModTime, Size: h.Size,
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
	case tar.TypeSymlink:
		if it.Link = h.Linkname; it.Link == "" {
			return it, fmt.Errorf("%q is a link to nothing", h.Name)
		}
	default:
		return it, fmt.Errorf("%q is neither a file nor a folder nor a symbolic link, but of type %q", h.Name, h.Typeflag)
	}
	name := strings.TrimSuffix(h.Name, "/")
	if !filepath.IsLocal(name) || path.Clean(name) != name || strings.ContainsRune(name, 0) {
		return it, fmt.Errorf("the name %q leads out of the folder that is restored", h.Name)
	}
	it.Path = path.Join("/", name)
	for record, value := range h.PAXRecords {
		if attribute, ok := strings.CutPrefix(record, xattrPrefix); ok {
			if it.Attributes == nil {
				it.Attributes = map[string]string{}
			}
			it.Attributes[attribute] = value
		}
	}
	return it, nil
}

// guard admits the items of one archive, one after another.
type guard struct {
	left, limit int64
	kinds       map[string]fs.FileMode
}

func (g *guard) admit(it Item) error {
	if _, twice := g.kinds[it.Path]; twice {
		return fmt.Errorf("%s is in it twice", it.Path)
	}
	for dir := path.Dir(it.Path); dir != "/"; dir = path.Dir(dir) {
		if kind, known := g.kinds[dir]; known && kind != fs.ModeDir {
			return fmt.Errorf("%s lies behind %s, which is no folder in it: it would be written to where a link leads", it.Path, dir)
		}
	}
	if g.left -= it.Size; g.left < 0 {
		return fmt.Errorf("it has more than %d bytes: raise max_size if that is right", g.limit)
	}
	if g.kinds[it.Path] = it.Type; len(g.kinds) > maxEntries {
		return fmt.Errorf("it has more than %d entries", maxEntries)
	}
	return nil
}
