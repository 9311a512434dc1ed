package mirror

import (
	"context"
	"path"
	"strings"

	"github.com/drplan/drplan/journal"
)

// starts is where the store keeps one object for each run that was begun. It is
// written once; a run that is deleted leaves it behind.
const starts = ".register/"

func startName(run string) string { return path.Join(starts, run+".json") }

// Starts lists the runs whose start the store knows, in order of their ids.
func Starts(ctx context.Context, store Store) ([]string, error) {
	names, err := store.List(ctx, starts)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, name := range names {
		id, ok := strings.CutSuffix(strings.TrimPrefix(name, starts), ".json")
		if ok && journal.CheckRunID(id) == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Keep puts a file of a run that is over beside its journal in the store, where
// Fetch finds it. One that is there already stays.
func Keep(ctx context.Context, store Store, run, name string, body []byte) error {
	_, err := store.Create(ctx, path.Join(run, "files", name), body)
	if taken(err) {
		return nil
	}
	return err
}
