package evidence

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"syscall"
)

// badBundle is a bundle that is not as one was packed.
type badBundle struct{ Finding }

func (e badBundle) Error() string { return e.String() }

func refuse(file, format string, args ...any) error {
	return badBundle{Finding{File: file, Text: fmt.Sprintf(format, args...)}}
}

// walk hands out the files of an archive in their order. Whatever a packer of ours
// would not have written is a badBundle; other errors are those of reading.
func walk(f io.ReaderAt, size int64, visit func(name string, r io.Reader) error) error {
	var magic [4]byte
	n, err := f.ReadAt(magic[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case bytes.HasPrefix(magic[:n], []byte{0x1f, 0x8b}):
		return walkTar(io.NewSectionReader(f, 0, size), visit)
	case bytes.HasPrefix(magic[:n], []byte("PK")):
		return walkZip(f, size, visit)
	}
	return refuse("", "it does not begin as a .tar.gz or a .zip does")
}

// gzipHead is what a gzip file of ours begins with: no name, no time.
var gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

func walkTar(f io.Reader, visit func(string, io.Reader) error) error {
	in := bufio.NewReader(f)
	if head, _ := in.Peek(len(gzipHead)); !bytes.Equal(head, gzipHead) {
		return refuse("", "the header of its gzip was changed")
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return refuse("", "gzip: %v", err)
	}
	z.Multistream(false)
	there, ours := sha256.New(), sha256.New()
	raw := io.TeeReader(io.LimitReader(z, maxBytes+maxFiles*4096), there)
	if err := walkFiles(tar.NewReader(raw), tarPacker{tar.NewWriter(ours), nil}, visit); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return damaged(err)
	}
	if !bytes.Equal(there.Sum(nil), ours.Sum(nil)) {
		return refuse("", "bytes between or after its files were changed")
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return refuse("", "something follows its end")
	}
	return nil
}

// walkFiles reads a tar and packs it again, to see that nothing else is in it.
func walkFiles(t *tar.Reader, again tarPacker, visit func(string, io.Reader) error) error {
	for {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return again.Close()
		case err != nil:
			return damaged(err)
		case h.Typeflag != tar.TypeReg:
			return refuse(h.Name, "it is not a plain file (type %q): refused", h.Typeflag)
		}
		w, err := again.next(h.Name, h.Size)
		if err != nil {
			return damaged(err)
		}
		r := io.TeeReader(t, w)
		if err := visit(h.Name, r); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return damaged(err)
		}
	}
}

func walkZip(f io.ReaderAt, size int64, visit func(string, io.Reader) error) error {
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return damaged(err)
	}
	same := &comparer{in: bufio.NewReader(io.NewSectionReader(f, 0, size))}
	again := newPacker(same, Zip)
	for _, file := range z.File {
		if !file.Mode().IsRegular() || file.Method != zip.Store {
			return refuse(file.Name, "it is not a plain file, or compressed: refused")
		}
		if err := zipFile(file, again, visit); err != nil {
			return err
		}
	}
	if err := again.Close(); err != nil {
		return err
	}
	return same.end()
}

func zipFile(file *zip.File, again packer, visit func(string, io.Reader) error) error {
	in, err := file.Open()
	if err != nil {
		return damaged(err)
	}
	defer in.Close()
	w, err := again.next(file.Name, int64(min(file.UncompressedSize64, maxBytes)))
	if err != nil {
		return damaged(err)
	}
	r := io.TeeReader(in, w)
	if err := visit(file.Name, r); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return damaged(err)
}

// comparer is written what should be there, and remembers the first byte that differs.
type comparer struct {
	in   *bufio.Reader
	at   int64
	diff int64 // 1 + its offset; 0: none
}

func (c *comparer) Write(p []byte) (int, error) {
	for _, want := range p {
		if got, err := c.in.ReadByte(); c.diff == 0 && (err != nil || got != want) {
			c.diff = c.at + 1
		}
		c.at++
	}
	return len(p), nil
}

func (c *comparer) end() error {
	if _, err := c.in.ReadByte(); c.diff == 0 && err != io.EOF {
		c.diff = c.at + 1
	}
	if c.diff > 0 {
		return refuse("", "byte %d of the archive was changed", c.diff-1)
	}
	return nil
}

// damaged tells an archive that does not hold from a disk that does not answer.
func damaged(err error) error {
	var bad badBundle
	var disk syscall.Errno
	if err == nil || errors.As(err, &bad) || errors.As(err, &disk) {
		return err
	}
	return refuse("", "the archive is damaged: %v", err)
}
