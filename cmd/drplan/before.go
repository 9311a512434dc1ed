package main

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/store"
)

// sameBefore is the run of the same scenario, in the same mode, that came before this
// one in the folder of runs; nil where none can be read. A drill that was refused
// has shown nothing, and does not count.
func (r *run) sameBefore() *report.Run {
	s := r.store
	if s == nil {
		s = store.Folder(filepath.Dir(absolute(r.dir)))
	}
	ctx := context.Background()
	ids, err := s.IDs(ctx)
	if err != nil {
		return nil
	}
	if i := slices.Index(ids, r.id); i >= 0 {
		ids = ids[i+1:]
	}
	for one := range store.Headers(ctx, s, ids) { // newest first
		h := one.Value
		if one.Err != nil || h.Scenario != r.Header.Scenario || h.Mode != r.Header.Mode || h.RunID == r.id || !h.Started.Before(r.Header.Started) {
			continue
		}
		if past, err := s.Read(ctx, one.ID); err == nil && !refused(past) {
			return past
		}
	}
	return nil
}

func refused(r *report.Run) bool {
	n := len(r.Events)
	return n > 0 && r.Events[n-1].Result == engine.ResultRefused
}
