package mirror

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/drplan/drplan/journal"
)

// Runs lists the runs in the store, newest first.
func Runs(ctx context.Context, store Store) ([]string, error) {
	names, err := store.List(ctx, "")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, name := range names {
		id, rest, _ := strings.Cut(name, "/")
		if journal.CheckRunID(id) == nil && strings.HasPrefix(rest, "journal/") && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Reverse(ids)
	return ids, nil
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
	files, err := readFiles(ctx, store, run)
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
		return nil, 0, fmt.Errorf("the mirror has no run %s", run)
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

func readFiles(ctx context.Context, store Store, run string) (map[string][]byte, error) {
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
