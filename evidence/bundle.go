package evidence

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/drplan/drplan/evidence/keys"
)

// Limits of a bundle, so that a hostile one cannot ask for memory or disk without end.
const (
	maxFiles = 20_000
	maxBytes = 4 << 30  // of all files, unpacked
	maxSmall = 16 << 20 // of a file that is held in memory
)

// Bundle is what is to be handed over.
type Bundle struct {
	Run   string
	Tool  string // drplan's version
	Files []File // in the order in which they are put in
}

// File is a file of a bundle. Open is called twice, and must give Size bytes that
// are the same both times: of a journal that grows, its beginning.
type File struct {
	Name string
	Size int64
	Open func() (io.ReadCloser, error)
}

// Bytes is a file that is at hand.
func Bytes(name string, data []byte) File {
	return File{name, int64(len(data)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// Format is how a bundle is packed.
type Format string

// The formats.
const (
	TarGz Format = "tar.gz"
	Zip   Format = "zip"
)

// FormatOf reads the format off a file's name.
func FormatOf(file string) (Format, error) {
	switch lower := strings.ToLower(file); {
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		return TarGz, nil
	case strings.HasSuffix(lower, ".zip"):
		return Zip, nil
	}
	return "", fmt.Errorf("a bundle is a .tar.gz or a .zip, and %s says neither", file)
}

// Write packs a bundle. by signs its manifest; nil: nobody does. The bytes depend
// on the files and the key alone: times, owners and modes are always the same.
func (b Bundle) Write(w io.Writer, format Format, by keys.Signer) error {
	m := manifest{run: b.Run, tool: b.Tool}
	total := int64(0)
	for _, f := range b.Files {
		if err := checkName(f.Name); err != nil {
			return err
		}
		digest, err := f.digest()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		m.files, total = append(m.files, sum{digest, f.Name}), total+f.Size
	}
	if len(b.Files) > maxFiles || total > maxBytes {
		return fmt.Errorf("%d files of %d bytes are more than a bundle may hold (%d files, %d bytes)", len(b.Files), total, maxFiles, int64(maxBytes))
	}
	head, err := m.seal(by)
	if err != nil {
		return err
	}
	p := newPacker(w, format)
	for _, f := range append([]File{Bytes(ManifestName, head)}, b.Files...) {
		if err := f.pack(p, b.Run); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return p.Close()
}

func (f File) digest() (string, error) {
	h := sha256.New()
	if err := f.copyTo(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (f File) pack(p packer, run string) error {
	w, err := p.next(run+"/"+f.Name, f.Size)
	if err != nil {
		return err
	}
	return f.copyTo(w)
}

func (f File) copyTo(w io.Writer) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	n, err := io.CopyN(w, r, f.Size)
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("it has %d bytes, not %d: it is being written", n, f.Size)
	}
	return errors.Join(err, r.Close())
}

// packer writes one file after another.
type packer interface {
	next(name string, size int64) (io.Writer, error)
	Close() error
}

func newPacker(w io.Writer, format Format) packer {
	if format == Zip {
		return zipPacker{zip.NewWriter(w)}
	}
	z := gzip.NewWriter(w)
	return tarPacker{tar.NewWriter(z), z}
}

type tarPacker struct {
	*tar.Writer
	z io.Closer
}

func (p tarPacker) next(name string, size int64) (io.Writer, error) {
	return p, p.WriteHeader(tarHeader(name, size))
}

// tarHeader is that of every file: the epoch, nobody, 0644.
func tarHeader(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0)}
}

func (p tarPacker) Close() error {
	err := p.Writer.Close()
	if p.z != nil {
		err = errors.Join(err, p.z.Close())
	}
	return err
}

// zipPacker stores: so each byte of the archive is determined, and can be checked,
// whatever version of the compressor is at hand.
type zipPacker struct{ *zip.Writer }

func (p zipPacker) next(name string, _ int64) (io.Writer, error) {
	return p.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
}
