package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/report"
)

// Folder is a folder of runs.
type Folder string

// Name is the folder.
func (f Folder) Name() string { return string(f) }

// Dir is the folder of a run.
func (f Folder) Dir(id string) string { return filepath.Join(string(f), id) }

// IDs lists the runs newest first.
func (f Folder) IDs(ctx context.Context) ([]string, error) {
	ids, err := journal.List(string(f))
	if err != nil {
		return nil, err
	}
	return newestFirst(ctx, f, append(ids, f.bereft()...)), nil
}

// Header reads the first line of the journal.
func (f Folder) Header(_ context.Context, id string) (engine.Header, error) {
	dir := f.Dir(id)
	for first, err := range journal.Records(dir) {
		if err != nil {
			return engine.Header{}, err
		}
		return engine.DecodeHeader(first)
	}
	return engine.Header{}, fmt.Errorf("%s: the journal is empty", dir)
}

// Read reads the journal of the run.
func (f Folder) Read(_ context.Context, id string) (*report.Run, error) { return ReadDir(f.Dir(id)) }

// ReadDir reads the run in a folder.
func ReadDir(dir string) (*report.Run, error) {
	if Bereft(dir) {
		return nil, fmt.Errorf("the run in %s cannot be read: %w", dir, ErrGone)
	}
	r, err := report.Read(dir)
	if err != nil {
		return nil, err
	}
	r.Live, r.Now = Driven(dir), time.Now()
	return r, nil
}

// File reads a file of the run's folder.
func (f Folder) File(_ context.Context, id, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.Dir(id), name))
}

const (
	planName    = "plan.yaml"
	journalName = "journal.jsonl"
)

// runFiles are what a run's folder has beside its journal, any of which tells
// that it was a run's.
var runFiles = []string{"lock", "inbox", planName}

// Bereft reports whether a folder is a run's whose journal is gone. Nothing of
// ours deletes one, and a folder appears with its journal: who lists or verifies
// runs must hear of it.
func Bereft(dir string) bool {
	if exists(filepath.Join(dir, journalName)) {
		return false
	}
	return slices.ContainsFunc(runFiles, func(name string) bool { return exists(filepath.Join(dir, name)) })
}

// bereft lists the ids of such folders.
func (f Folder) bereft() []string {
	entries, err := os.ReadDir(string(f))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var ids []string
	for _, e := range entries {
		if journal.CheckRunID(e.Name()) == nil && Bereft(f.Dir(e.Name())) {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
