package mirror

import (
	"bytes"
	"context"
	"path"
)

// Copy is a run as the store has it.
type Copy struct {
	Journal []byte            // its segments, one after another
	Files   map[string][]byte // what lies beside it, by name
	Differs string            // the name of an object that is not the beginning of Journal; empty: there is none
}

// ReadJournal reads a run's journal with few requests, and who has it. It is the
// object that holds all records where there is one, else the segments.
func ReadJournal(ctx context.Context, store Store, run string) (lines []byte, by Holder, err error) {
	by, _, err = readLock(ctx, store, run)
	if err != nil && !missing(err) {
		return nil, by, err
	}
	if by.Whole > 0 {
		lines, _, err = store.Read(ctx, wholeName(run, by.Whole))
		if !missing(err) {
			return lines, by, err
		}
	}
	lines, _, err = readJournal(ctx, store, run)
	return lines, by, err
}

// ReadAll reads all that the store has of a run, for those who verify it.
func ReadAll(ctx context.Context, store Store, run string) (c Copy, err error) {
	if c.Journal, _, err = readJournal(ctx, store, run); err != nil {
		return c, err
	}
	if c.Files, err = ReadFiles(ctx, store, run); err != nil {
		return c, err
	}
	wholes, err := store.List(ctx, run+"/whole/")
	if err != nil {
		return c, err
	}
	for _, name := range wholes {
		body, _, err := store.Read(ctx, name)
		if err != nil {
			return c, err
		}
		if !bytes.HasPrefix(c.Journal, body) && c.Differs == "" {
			c.Differs = path.Join("whole", path.Base(name))
		}
	}
	return c, nil
}

// ReadFile reads a file that lies beside a run's journal.
func ReadFile(ctx context.Context, store Store, run, name string) ([]byte, error) {
	body, _, err := store.Read(ctx, path.Join(run, "files", name))
	return body, err
}
