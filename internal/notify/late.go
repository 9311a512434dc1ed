package notify

import (
	"fmt"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// progress follows the clock of the RTO.
func (f *Fold) progress(ev *engine.Event) {
	switch ev.Kind {
	case engine.PhaseStarted:
		f.over = f.over || ev.Phase == engine.PhaseCleanup
	case engine.PhaseEnded:
		f.over = f.over || ev.Phase == f.lastPhase()
	default:
		if n := f.nodes[ev.Node]; n != nil && n.Phase == engine.PhaseDisaster && f.clock.IsZero() {
			f.clock = ev.Wall
		}
	}
}

// lastPhase is the one with whose end a recovery is over.
func (f *Fold) lastPhase() engine.Phase {
	for _, n := range f.nodes {
		if n.Phase == engine.PhaseChecks {
			return engine.PhaseChecks
		}
	}
	return engine.PhaseProcedure
}

// late is when the RTO's target passes.
func (f *Fold) late() (time.Time, bool) {
	target := f.header.Objective.RTO
	if target == 0 || f.clock.IsZero() || f.over || f.overdue || f.closed() {
		return time.Time{}, false
	}
	return f.clock.Add(target), true
}

func (f *Fold) passed(at time.Time) Message {
	m := f.message(Overdue, TopicFailure, "overdue", at, fmt.Sprintf("RTO passed: %s is not over after %s", f.name(), report.Duration(f.header.Objective.RTO)))
	if f.header.Mode == engine.ModeRecovery {
		m.To, f.woken = f.everybody(), true
	}
	m.Facts = f.targets()
	m.Do = []string{f.command("report", "")}
	return m
}
