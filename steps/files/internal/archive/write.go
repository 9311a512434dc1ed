package archive

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// xattrPrefix is how tar keeps an extended attribute, as GNU tar and star do.
const xattrPrefix = "SCHILY.xattr."

// ErrChanged says that a file was written to while it was read. Another attempt
// may find it at rest.
var ErrChanged = errors.New("it changed while it was read")

// Write writes the selection as a tar.
func Write(ctx context.Context, to io.Writer, s Selection) error {
	w := tar.NewWriter(to)
	for _, e := range s {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := write(ctx, w, e); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	return w.Close()
}

func write(ctx context.Context, w *tar.Writer, e Entry) error {
	h, err := header(e)
	if err != nil {
		return err
	}
	if !e.Info.Mode().IsRegular() {
		return w.WriteHeader(h)
	}
	// What took the file's place meanwhile may be a link or a pipe.
	f, err := os.OpenFile(e.Path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(&cancelled{ctx, f}, h.Size))
	if err != nil {
		return err
	}
	now, err := f.Stat()
	if err != nil {
		return err
	}
	if n != h.Size || now.Size() != h.Size || !now.ModTime().Equal(e.Info.ModTime()) || !os.SameFile(now, e.Info) {
		return ErrChanged
	}
	return nil
}

func header(e Entry) (*tar.Header, error) {
	h, err := tar.FileInfoHeader(e.Info, e.Link)
	if err != nil {
		return nil, err
	}
	h.Name = strings.TrimPrefix(e.Path, "/")
	if h.Name == "" {
		h.Name = "."
	}
	if e.Info.IsDir() {
		h.Name += "/"
	}
	h.Format = tar.FormatPAX // times to the nanosecond, names of any length
	h.AccessTime, h.ChangeTime = time.Time{}, time.Time{}
	attributes, err := readXattrs(e.Path)
	if err != nil {
		return nil, err
	}
	for name, value := range attributes {
		if h.PAXRecords == nil {
			h.PAXRecords = map[string]string{}
		}
		h.PAXRecords[xattrPrefix+name] = value
	}
	return h, nil
}

// cancelled is a reader that ends when ctx does.
type cancelled struct {
	ctx context.Context
	io.Reader
}

func (r *cancelled) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}
