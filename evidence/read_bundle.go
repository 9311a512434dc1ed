package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/drplan/drplan/evidence/keys"
)

// VerifyBundle judges a bundle by the keys that are trusted. Nothing of it is
// unpacked: a journal of more than a few megabytes goes to a file without a name,
// the rest through memory. The error says that the file could not be read, or that
// a later version wrote what is in it.
func VerifyBundle(file string, trusted []keys.Public) (Result, error) {
	f, err := os.Open(file)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Result{}, err
	}
	return verifyBundle(f, info.Size(), trusted)
}

func verifyBundle(f io.ReaderAt, size int64, trusted []keys.Public) (Result, error) {
	b := &unpacked{trusted: trusted, files: map[string][]byte{}, seen: -1}
	defer b.journal.Close()
	return b.judge(f, size)
}

func (b *unpacked) judge(f io.ReaderAt, size int64) (Result, error) {
	err := walk(f, size, b.visit)
	if err == nil {
		err = b.whole()
	}
	r := Result{Run: b.manifest.run}
	var bad badBundle
	if errors.As(err, &bad) {
		return r.broken(bad.File, bad.Line, bad.Text), nil
	}
	if err != nil {
		return r, err
	}
	r, err = b.material().Verify(b.trusted)
	r.Outputs.Held, r.Outputs.Absent = b.held, r.Outputs.Absent-b.held
	if err == nil && r.Verdict == Verified && !b.signed {
		return r.incomplete(ManifestName, "it is not signed by a key that was given: the journal is verified, the reports and logs beside it prove nothing"), nil
	}
	return r, err
}

// unpacked is what a verdict needs of a bundle.
type unpacked struct {
	trusted  []keys.Public
	manifest manifest
	signed   bool
	run      string
	seen     int    // files after the manifest
	wants    string // the first file that was not in its place, empty: none
	instead  string // what stood there
	bytes    int64  // of all of them
	journal  spool
	files    map[string][]byte
	claims   map[string][]claim // of the journal, once it was read; nil before
	held     int                // files of what steps printed that hold
}

func (b *unpacked) visit(path string, r io.Reader) error {
	run, name, ok := strings.Cut(path, "/")
	if !ok || checkName(path) != nil || b.run != "" && run != b.run {
		return refuse(path, "its name leads out of the bundle's folder: refused")
	}
	b.run = run
	if b.seen++; b.seen == 0 {
		return b.first(name, r)
	}
	if b.seen > len(b.manifest.files) && b.wants == "" {
		return refuse(name, "it is not in the manifest")
	}
	if b.wants != "" {
		return b.lookFor(name)
	}
	want := b.manifest.files[b.seen-1]
	if name != want.name {
		b.wants, b.instead = want.name, name
		return nil // it is missing, or stands elsewhere: what follows tells
	}
	got, err := b.take(name, r)
	if err == nil && got != want.sha256 {
		err = refuse(name, "it was changed: its SHA-256 is not the one in the manifest")
	}
	return err
}

// lookFor goes on once a file does not stand where it belongs.
func (b *unpacked) lookFor(name string) error {
	if name == b.wants {
		return refuse(b.instead, "it stands where the manifest has %s", b.wants)
	}
	return nil
}

// first reads the manifest.
func (b *unpacked) first(name string, r io.Reader) error {
	if name != ManifestName {
		return refuse(name, "it stands where %s belongs", ManifestName)
	}
	data, err := small(name, r)
	if err != nil {
		return err
	}
	if b.manifest, b.signed, err = openManifest(data, b.trusted); err != nil {
		return refuse(ManifestName, "%v", err)
	}
	if b.manifest.run != b.run || len(b.manifest.files) > maxFiles {
		return refuse(ManifestName, "it is the manifest of run %s, in the folder %s", b.manifest.run, b.run)
	}
	return nil
}

// take hashes a file, and keeps what a verdict needs of it.
func (b *unpacked) take(name string, r io.Reader) (digest string, err error) {
	h := sha256.New()
	var n int64
	switch {
	case name == journalName:
		n, err = io.Copy(io.MultiWriter(h, &b.journal), io.LimitReader(r, maxBytes-b.bytes+1))
	case material(name):
		data, bad := small(name, r)
		b.files[name], n, err = data, int64(len(data)), bad
		h.Write(data)
	case outputName().MatchString(name):
		n, err = b.printed(name, h, r)
	default:
		n, err = io.Copy(h, io.LimitReader(r, maxBytes-b.bytes+1))
	}
	if b.bytes += n; err == nil && b.bytes > maxBytes {
		err = refuse(name, "the bundle unpacks to more than %d bytes: refused", int64(maxBytes))
	}
	return hex.EncodeToString(h.Sum(nil)), damaged(err)
}

// printed hashes what a step has printed, and holds it against the journal, which
// stands before it in every bundle of ours.
func (b *unpacked) printed(name string, h io.Writer, r io.Reader) (n int64, err error) {
	if b.claims == nil {
		f, v, err := readFacts(b.journal.reader(), b.journal.size, nil)
		if err != nil {
			return 0, err
		}
		b.claims = f.claims(v.Records)
	}
	p := newPrefixes(b.claims[name])
	claimed := len(p.left) > 0
	n, err = io.Copy(io.MultiWriter(h, p), io.LimitReader(r, maxBytes-b.bytes+1))
	if err == nil && claimed {
		if bad := p.finding(); bad != nil {
			return n, badBundle{*bad}
		}
		b.held++
	}
	return n, err
}

// small reads a file of which no honest bundle has more than maxSmall bytes.
func small(name string, r io.Reader) ([]byte, error) {
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(r, maxSmall+1))
	if err == nil && n > maxSmall {
		err = refuse(name, "it has more than %d bytes: refused", maxSmall)
	}
	return buf.Bytes(), damaged(err)
}

// whole asks whether everything that the manifest lists was there.
func (b *unpacked) whole() error {
	switch missing := max(b.seen, 0); {
	case b.wants != "":
		return refuse(b.wants, "it is missing: %s stands where the manifest has it", b.instead)
	case b.seen < 0:
		return refuse(ManifestName, "it is missing: the archive is empty")
	case missing < len(b.manifest.files):
		return refuse(b.manifest.files[missing].name, "it is missing")
	case b.journal.size == 0:
		return refuse(journalName, "it is missing")
	}
	return nil
}

func (b *unpacked) material() Material {
	return Material{Run: b.run, Journal: b.journal.reader(), Size: b.journal.size, Files: b.files}
}

// LookIn judges a bundle for whoever has no key, and returns the sum of the first
// record of its journal.
func LookIn(file string) (r Result, first string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return r, "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return r, "", err
	}
	b := &unpacked{files: map[string][]byte{}, seen: -1}
	defer b.journal.Close()
	if r, err = b.judge(f, info.Size()); err != nil || r.Verdict == Broken {
		return r, "", err
	}
	facts, _, err := readFacts(b.journal.reader(), b.journal.size, map[int64]bool{1: true})
	return r, facts.sums[1].sum, err
}
