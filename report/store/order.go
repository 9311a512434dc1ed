package store

import (
	"context"
	"slices"
	"time"
)

// secondInID is the part of a run's id that tells the time, to the second.
const secondInID = len("20060102T150405Z")

// newestFirst sorts runs by their ids, and those of one second by the time in their
// journals.
func newestFirst(ctx context.Context, s Store, ids []string) []string {
	slices.Sort(ids)
	slices.Reverse(ids)
	second := func(id string) string { return id[:min(len(id), secondInID)] }
	for i := 0; i < len(ids); {
		j := i + 1
		for j < len(ids) && second(ids[j]) == second(ids[i]) {
			j++
		}
		if j > i+1 {
			byStart(ctx, s, ids[i:j])
		}
		i = j
	}
	return ids
}

// byStart sorts by when the runs began, those that cannot be read last.
func byStart(ctx context.Context, s Store, ids []string) {
	begun := make(map[string]time.Time, len(ids))
	for one := range Headers(ctx, s, ids) {
		if one.Err == nil {
			begun[one.ID] = one.Value.Started
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return begun[b].Compare(begun[a]) })
}
