package mirror

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/drplan/drplan/journal"
)

// Runs lists the runs in the store, newest first. One whose journal never came is
// among them.
func Runs(ctx context.Context, store Store) ([]string, error) {
	names, err := store.Folders(ctx, "")
	ids := slices.DeleteFunc(names, func(id string) bool { return journal.CheckRunID(id) != nil })
	slices.Reverse(ids)
	return ids, err
}

// Fetch makes a run's folder from the store, where there is none yet, and says
// up to which record it reaches. What steps keep in the run's folder beside the
// journal is not part of it: who resumes must not conclude from its absence that
// nothing was done.
func Fetch(ctx context.Context, store Store, run, runs string) (dir string, records int64, err error) {
	lines, records, err := readJournal(ctx, store, run)
	if err != nil {
		return "", 0, err
	}
	files, err := ReadFiles(ctx, store, run)
	if err != nil {
		return "", 0, err
	}
	dir, err = journal.Adopt(runs, run, lines, files)
	return dir, records, err
}

func readJournal(ctx context.Context, store Store, run string) (lines []byte, records int64, err error) {
	names, err := store.List(ctx, run+"/journal/")
	if err != nil {
		return nil, 0, err
	}
	segments, err := follow(run, names)
	if err != nil {
		return nil, 0, err
	}
	if len(segments) == 0 {
		return nil, 0, fmt.Errorf("the mirror has no journal of run %s: %w", run, fs.ErrNotExist)
	}
	for _, s := range segments {
		body, _, err := store.Read(ctx, s.name(run))
		if err != nil {
			return nil, 0, err
		}
		lines, records = append(lines, body...), s.last
	}
	return lines, records, nil
}

// ReadFiles reads what lies beside a run's journal, by name.
func ReadFiles(ctx context.Context, store Store, run string) (map[string][]byte, error) {
	names, err := store.List(ctx, run+"/files/")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[path.Base(name)], _, err = store.Read(ctx, name); err != nil {
			return nil, err
		}
	}
	return files, nil
}
