package evidence

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	stdhash "hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"github.com/drplan/drplan/engine"
)

// Outputs counts the files with what steps printed, of which a journal has digests.
type Outputs struct {
	Held   int // they are what they were when their steps ended; what was added later is not covered
	Absent int // they are not here: a mirror has none, and who resumes elsewhere none of before
}

// claim is what a record says of a step's file.
type claim struct {
	engine.Output
	line int64
}

// outputName is how a step's file is called.
var outputName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^steps/[A-Za-z0-9_][^/\\]*/output\.log$`) })

// claims are those of a journal up to a record, by file, shorter ones first.
func (f *facts) claims(records int64) map[string][]claim {
	out := map[string][]claim{}
	for _, c := range f.outputs {
		if c.line <= records {
			out[c.File] = append(out[c.File], c)
		}
	}
	for _, of := range out {
		slices.SortStableFunc(of, func(a, b claim) int { return cmp.Compare(a.Bytes, b.Bytes) })
	}
	return out
}

// prefixes hashes a file and compares it with each claim where that ends.
type prefixes struct {
	h    stdhash.Hash
	n    int64
	left []claim
	bad  *claim
}

func newPrefixes(of []claim) *prefixes { return &prefixes{h: sha256.New(), left: of} }

func (p *prefixes) Write(b []byte) (int, error) {
	all := len(b)
	for len(p.left) > 0 && p.n+int64(len(b)) >= p.left[0].Bytes {
		part := max(p.left[0].Bytes-p.n, 0)
		p.h.Write(b[:part])
		p.n, b = p.n+part, b[part:]
		if p.bad == nil && (p.left[0].Bytes != p.n || hex.EncodeToString(p.h.Sum(nil)) != p.left[0].SHA256) {
			p.bad = &p.left[0]
		}
		p.left = p.left[1:]
	}
	p.h.Write(b)
	p.n += int64(len(b))
	return all, nil
}

// finding is what does not fit once all was written; nil: everything does.
func (p *prefixes) finding() *Finding {
	if p.bad == nil && len(p.left) > 0 {
		p.bad = &p.left[0]
	}
	if p.bad == nil {
		return nil
	}
	return &Finding{File: p.bad.File, Text: fmt.Sprintf("it was changed: its first %d bytes are not those that %s:%d has the SHA-256 of", p.bad.Bytes, journalName, p.bad.line)}
}

// printed holds the files of what steps printed against the journal.
func (m Material) printed(f *facts, records int64) (o Outputs, bad *Finding, err error) {
	all := f.claims(records)
	for _, c := range f.outputs {
		of := all[c.File]
		if of == nil {
			continue // it was looked at
		}
		delete(all, c.File)
		if !outputName().MatchString(c.File) {
			return o, &Finding{journalName, c.line, "it names a file that is none of a step's"}, nil
		}
		if m.output == nil {
			o.Absent++
			continue
		}
		bad, err := m.compare(c.File, of)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			o.Absent++
		case err != nil || bad != nil:
			return o, bad, err
		default:
			o.Held++
		}
	}
	return o, nil, nil
}

func (m Material) compare(name string, of []claim) (*Finding, error) {
	in, err := m.output(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	p := newPrefixes(of)
	if _, err := io.Copy(p, in); err != nil {
		return nil, err
	}
	return p.finding(), nil
}

// outputsIn opens files below a run's folder.
func outputsIn(dir string) func(name string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) { return os.Open(filepath.Join(dir, filepath.FromSlash(name))) }
}
