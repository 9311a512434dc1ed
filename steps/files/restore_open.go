package files

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/files/internal/archive"
	"github.com/drplan/drplan/steps/files/internal/seal"
	"github.com/drplan/drplan/steps/internal/backup"
)

// errMismatch is what no one may override: the bytes are not the backup's.
var errMismatch = errors.New("hash mismatch")

// sealed is a backup whose bytes are those that were backed up.
type sealed struct {
	file   string
	meta   backup.Meta
	sha256 string
	step   *restoreStep
}

// checked compares the file's digest with what is known of it.
func (s *restoreStep) checked(ctx context.Context) (*sealed, error) {
	meta, _, err := backup.ReadSidecar(s.From)
	if err != nil {
		return nil, err
	}
	sum, err := digest(ctx, s.From)
	if err != nil {
		return nil, err
	}
	switch want := s.SHA256; {
	case want != "" && want != sum:
		return nil, fmt.Errorf("%w: %s has the SHA-256 %s, and %s is expected: it is damaged, or another backup", errMismatch, s.From, sum, want)
	case meta.SHA256 != "" && meta.SHA256 != sum:
		return nil, fmt.Errorf("%w: %s has the SHA-256 %s, and its sidecar says %s: it is damaged; choose another backup", errMismatch, s.From, sum, meta.SHA256)
	case want == "" && meta.SHA256 == "" && s.RequireHash:
		return nil, fmt.Errorf("no SHA-256 of %s is known, so damage could not be seen before anything is written: give sha256, or set require_hash: false", s.From)
	}
	return &sealed{s.From, meta, sum, s}, nil
}

func digest(ctx context.Context, file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, &cancelled{ctx, f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
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

// read hands out the tar in the backup.
func (b *sealed) read(use func(tar io.Reader) error) error {
	f, err := os.Open(b.file)
	if err != nil {
		return err
	}
	defer f.Close()
	buffered := bufio.NewReaderSize(f, 64<<10)
	plain, err := b.open(buffered)
	if err != nil {
		return err
	}
	zipped, err := gzip.NewReader(plain)
	if err != nil {
		return fmt.Errorf("%s holds no tar.gz: it is no backup of files_backup (%w)", b.file, err)
	}
	return use(zipped)
}

func (b *sealed) open(from *bufio.Reader) (io.Reader, error) {
	beginning, err := from.Peek(32)
	by := b.step.by()
	encrypted := seal.Sealed(beginning)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case bytes.HasPrefix(beginning, []byte("-----BEGIN AGE ENCRYPTED FILE-----")):
		return nil, fmt.Errorf("%s is an armored file of age: take the armor off first", b.file)
	case !encrypted && !by.Empty():
		return nil, fmt.Errorf("%s is not encrypted, and yet a key was given: it is another file than was meant; where that is right, give no key", b.file)
	case encrypted && by.Empty():
		return nil, fmt.Errorf("%s is encrypted: give identity_file, identity or passphrase", b.file)
	case !encrypted:
		return from, nil
	}
	plain, err := seal.Open(from, by)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.file, err)
	}
	return plain, nil
}

// contents reads the backup to its end.
func (b *sealed) contents(ctx context.Context) (items []archive.Item, err error) {
	err = b.read(func(tar io.Reader) error {
		items, err = archive.Contents(ctx, tar, int64(b.step.MaxSize))
		return err
	})
	if err == nil && len(items) == 0 {
		err = fmt.Errorf("%s is empty", b.file)
	}
	return items, err
}

// plan is what the step would do; nothing is changed.
func (b *sealed) plan(ctx context.Context, in *steps.Run, made []string) (*archive.Plan, error) {
	items, err := b.contents(ctx)
	if err != nil {
		return nil, err
	}
	s := b.step
	if err := s.mayWrite(in); err != nil {
		return nil, err
	}
	return archive.Options{
		Into: s.into(), Only: s.Only, Exclude: s.Exclude, MoveAside: s.Existing == "move_aside",
		Owner: s.KeepOwner, FreeLinks: s.OutsideLinks == "keep", Tag: in.RunID, Made: made,
	}.Plan(items)
}

func (s *restoreStep) into() string {
	if s.Into == "" {
		return "/"
	}
	return s.Into
}

// mayWrite keeps a drill from the live files of a machine that nobody gave it.
func (s *restoreStep) mayWrite(in *steps.Run) error {
	if filepath.Clean(s.into()) == "/" && in.Mode == "drill" && (in.Host == nil || !in.Host.Drill) {
		return errors.New("a drill would write to the original places of a machine that the plan does not mark drill: true: give into, or the step's host")
	}
	return nil
}
