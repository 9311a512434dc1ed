package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal/mirror"
	"github.com/drplan/drplan/report"
)

// Mirror is the copy of runs in a bucket.
type Mirror struct {
	mirror.Store
	address string

	mu    sync.Mutex
	held  map[string]copied
	bytes int // of held
}

// copied is a journal that was read for its header.
type copied struct {
	lines []byte
	by    mirror.Holder
}

// maxHeld bounds, in bytes, what is kept of journals that were read for their headers.
const maxHeld = 64 << 20

// silence is how long a driver may not be heard of and still count as being at
// work: it says so every ten seconds, and its clock may be another.
const silence = time.Minute

// NewMirror makes a store of a bucket; address is what people call it.
func NewMirror(bucket mirror.Store, address string) *Mirror {
	return &Mirror{Store: bucket, address: address, held: map[string]copied{}}
}

// Name is the bucket's address.
func (m *Mirror) Name() string { return m.address }

// IDs lists the runs newest first. Those whose ids have one second are read for that.
func (m *Mirror) IDs(ctx context.Context) ([]string, error) {
	ids, err := mirror.Runs(ctx, m.Store)
	if err != nil {
		return nil, err
	}
	return newestFirst(ctx, m, ids), nil
}

// Header reads a run's journal and keeps it, for whoever reads the run next.
func (m *Mirror) Header(ctx context.Context, id string) (engine.Header, error) {
	c, err := m.copied(ctx, id)
	if err != nil {
		return engine.Header{}, err
	}
	m.keep(id, c)
	r, err := m.decode(id, c)
	if err != nil {
		return engine.Header{}, err
	}
	return r.Header, nil
}

// Read reads a run's journal. A driver counts as being at work while it has not let
// go and was heard of a moment ago.
func (m *Mirror) Read(ctx context.Context, id string) (*report.Run, error) {
	c, err := m.copied(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := m.decode(id, c)
	if err != nil {
		return nil, err
	}
	r.Now = time.Now()
	r.Live = !c.by.Released && r.Now.Sub(c.by.Renewed) < silence
	return r, nil
}

func (m *Mirror) decode(id string, c copied) (*report.Run, error) {
	return report.ReadFrom(bytes.NewReader(c.lines), int64(len(c.lines)), m.address+"/"+id)
}

// copied gets a journal, and forgets what was kept of it.
func (m *Mirror) copied(ctx context.Context, id string) (c copied, err error) {
	m.mu.Lock()
	c, ok := m.held[id]
	if ok {
		delete(m.held, id)
		m.bytes -= len(c.lines)
	}
	m.mu.Unlock()
	if ok {
		return c, nil
	}
	c.lines, c.by, err = mirror.ReadJournal(ctx, m.Store, id)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the run %s in %s cannot be read: %w", id, m.address, ErrGone)
	}
	return c, err
}

func (m *Mirror) keep(id string, c copied) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.held[id]; !ok && m.bytes+len(c.lines) <= maxHeld {
		m.held[id] = c
		m.bytes += len(c.lines)
	}
}

// File reads what lies beside a run's journal.
func (m *Mirror) File(ctx context.Context, id, name string) ([]byte, error) {
	return mirror.ReadFile(ctx, m.Store, id, name)
}

// All reads everything that the bucket has of a run, for those who verify it.
func (m *Mirror) All(ctx context.Context, id string) (mirror.Copy, error) {
	c, err := mirror.ReadAll(ctx, m.Store, id)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the run %s in %s cannot be read: %w", id, m.address, ErrGone)
	}
	return c, err
}

// Files reads what lies beside a run's journal, by name.
func (m *Mirror) Files(ctx context.Context, id string) (map[string][]byte, error) {
	return mirror.ReadFiles(ctx, m.Store, id)
}
