package mirror

import (
	"context"
	"path"
	"slices"
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

// Gone lists the runs that were begun and whose journal the store does not have, in
// order of their ids. known are those that are somewhere else.
func Gone(ctx context.Context, store Store, known map[string]bool) ([]string, error) {
	begun, err := Starts(ctx, store)
	if err != nil {
		return nil, err
	}
	begun = slices.DeleteFunc(begun, func(id string) bool { return known[id] })
	if len(begun) == 0 {
		return nil, nil
	}
	there, err := Runs(ctx, store)
	if err != nil {
		return nil, err
	}
	folders := make(map[string]bool, len(there))
	for _, id := range there {
		folders[id] = true
	}
	var gone []string
	for _, id := range begun {
		if folders[id] { // what else is there must not stand for the journal
			names, err := store.Folders(ctx, id+"/")
			if err != nil {
				return nil, err
			}
			if slices.Contains(names, "journal") {
				continue
			}
		}
		gone = append(gone, id)
	}
	return gone, nil
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
