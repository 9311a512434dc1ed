package main

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/store"
)

// sameBefore is the run of the same scenario of the same plan, in the same mode, that
// came before this one in the folder of runs; nil where none can be read. A drill that
// was refused has shown nothing, and does not count.
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
	older := ids
	if i := slices.Index(ids, r.id); i >= 0 {
		older = ids[i+1:]
	}
	mine := report.PlanIDOf(r.Header)
	for one := range store.Headers(ctx, s, older) { // newest first
		if one.Err != nil || !r.follows(one.Value) {
			continue
		}
		if !mine.Shares(report.PlanIDOf(one.Value)) {
			return firstShown(ctx, s, r.ofPlan(ctx, s, ids)) // it takes the headers of all to tell
		}
		if past := firstShown(ctx, s, []string{one.ID}); past != nil {
			return past
		}
	}
	return nil
}

// firstShown reads the first run that was not refused; nil: there is none.
func firstShown(ctx context.Context, s store.Store, ids []string) *report.Run {
	for _, id := range ids {
		if past, err := s.Read(ctx, id); err == nil && !refused(past) {
			return past
		}
	}
	return nil
}

// follows reports whether the run may have come after another one, as far as names and
// times tell.
func (r *run) follows(h engine.Header) bool {
	return h.Scenario == r.Header.Scenario && h.Mode == r.Header.Mode && h.RunID != r.id && h.Started.Before(r.Header.Started)
}

// ofPlan lists the runs of the same scenario of the same plan before this one, newest first.
func (r *run) ofPlan(ctx context.Context, s store.Store, ids []string) (mine []string) {
	type begun struct {
		id      string
		plan    report.PlanID
		follows bool
	}
	var all []begun
	for one := range store.Headers(ctx, s, ids) {
		if one.Err == nil {
			all = append(all, begun{one.ID, report.PlanIDOf(one.Value), r.follows(one.Value)})
		}
	}
	for _, b := range report.OfPlan(all, func(b begun) report.PlanID { return b.plan }, report.PlanIDOf(r.Header)) {
		if b.follows {
			mine = append(mine, b.id)
		}
	}
	return mine
}

func refused(r *report.Run) bool {
	n := len(r.Events)
	return n > 0 && r.Events[n-1].Result == engine.ResultRefused
}
