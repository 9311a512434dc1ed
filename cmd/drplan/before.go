package main

import (
	"path/filepath"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// sameBefore is the run of the same scenario, in the same mode, that came before this
// one in the folder of runs; nil where none can be read. A drill that was refused
// has shown nothing, and does not count.
func (r *run) sameBefore() *report.Run {
	runs := filepath.Dir(absolute(r.dir))
	ids, err := listRuns(runs)
	if err != nil {
		return nil
	}
	for _, id := range ids { // newest first
		dir := filepath.Join(runs, id)
		h, ok := headerOf(dir)
		if !ok || h.Scenario != r.Header.Scenario || h.Mode != r.Header.Mode || h.RunID == r.id || !h.Started.Before(r.Header.Started) {
			continue
		}
		if past, err := report.Read(dir); err == nil && !refused(past) {
			return past
		}
	}
	return nil
}

func refused(r *report.Run) bool {
	n := len(r.Events)
	return n > 0 && r.Events[n-1].Result == engine.ResultRefused
}
