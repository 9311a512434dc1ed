package main

import (
	"context"
	"io"
	"iter"
	"path/filepath"
	"strconv"

	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/report/store"
)

// subject is a run that is to be verified: in a folder, or in a mirror.
type subject struct {
	dir    string
	mirror *store.Mirror
	id     string // in the mirror
}

func subjectIn(s store.Store, id string) subject {
	if m, ok := s.(*store.Mirror); ok {
		return subject{mirror: m, id: id}
	}
	return subject{dir: s.(store.Folder).Dir(id)} // there are no others
}

func (s subject) name() string {
	if s.mirror != nil {
		return s.id
	}
	return filepath.Base(s.dir)
}

// driven reports whether the run goes on now.
func (s subject) driven() bool {
	if s.mirror == nil {
		return store.Driven(s.dir)
	}
	r, err := s.mirror.Read(context.Background(), s.id)
	return err == nil && r.Live
}

// opening is the material of a run, and what was wrong about it at first sight.
type opening struct {
	evidence.Material
	io.Closer
	run string // its id, as its journal says
	bad *evidence.Finding
}

func (s subject) open(ctx context.Context) (*opening, error) {
	if s.mirror != nil {
		return s.download(ctx)
	}
	if store.Bereft(s.dir) {
		return nil, store.ErrGone
	}
	m, closer, err := evidence.Open(s.dir)
	if err != nil {
		return nil, err
	}
	return &opening{m, closer, runIDOf(s.dir), nil}, nil // whatever the folder is called
}

func (s subject) download(ctx context.Context) (*opening, error) {
	c, err := s.mirror.All(ctx, s.id)
	if err != nil {
		return nil, err
	}
	o := &opening{evidence.Of(s.id, c.Journal, c.Files), io.NopCloser(nil), s.id, nil}
	if c.Differs != "" {
		o.bad = &evidence.Finding{File: c.Differs, Text: "it is not what the segments of the journal are: one of the two was changed"}
	}
	return o, nil
}

// runIDOf is the id of the run in a folder, which may have been given another name.
func runIDOf(dir string) string {
	f := store.Folder(filepath.Dir(dir))
	if h, err := f.Header(context.Background(), filepath.Base(dir)); err == nil {
		return h.RunID
	}
	return filepath.Base(dir)
}

// opened opens subjects in their order, several at one time.
func opened(all []subject) iter.Seq[openedSubject] {
	numbers := make([]string, len(all))
	for i := range all {
		numbers[i] = strconv.Itoa(i)
	}
	return func(yield func(openedSubject) bool) {
		i := 0
		for one := range store.Ahead(context.Background(), numbers, func(ctx context.Context, number string) (*opening, error) {
			n, _ := strconv.Atoi(number) // written above
			return all[n].open(ctx)
		}) {
			if !yield(openedSubject{all[i], one.Value, one.Err}) {
				return
			}
			i++
		}
	}
}

type openedSubject struct {
	subject
	Value *opening
	Err   error
}
