package history

import (
	"context"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/store"
)

// MaxRuns bounds how many runs are read, the newest first: what older ones would
// add is less than what has changed since.
const MaxRuns = 100

// Read finds in a store those runs that tell of what h would run. Of other runs no
// more than the header is read. A journal that cannot be read is passed over, and
// named; so is a run of another plan whose scenario has the same name. ids are those of
// the runs, newest first.
func Read(ctx context.Context, s store.Store, ids []string, h engine.Header) (*History, error) {
	out := &History{Changed: map[string][]string{}}
	for _, id := range out.candidates(ctx, s, ids, h) {
		run, err := s.Read(ctx, id)
		if err != nil {
			out.pass(id, err.Error())
			continue
		}
		out.Add(h.Graph, run)
		if len(out.Runs) == MaxRuns {
			break
		}
	}
	return out, nil
}

// begun is what a run's header says of whether it counts.
type begun struct {
	id   string
	plan report.PlanID
	same bool
}

// candidates are the runs of the same drill of the same plan.
func (h *History) candidates(ctx context.Context, s store.Store, ids []string, now engine.Header) (mine []string) {
	var all []begun
	for head := range store.Headers(ctx, s, ids) {
		if head.Err != nil {
			h.pass(head.ID, head.Err.Error())
			continue
		}
		all = append(all, begun{head.ID, report.PlanIDOf(head.Value), same(now, head.Value)})
	}
	counts := map[string]bool{}
	for _, b := range report.OfPlan(all, func(b begun) report.PlanID { return b.plan }, report.PlanIDOf(now)) {
		counts[b.id] = true
	}
	for _, b := range all {
		switch {
		case b.same && counts[b.id]:
			mine = append(mine, b.id)
		case b.same:
			h.pass(b.id, "it is a run of another plan, "+b.plan.File)
		}
	}
	return mine
}

// same reports whether a run is of the same drill, as far as names tell; of a recovery
// drills of the same procedure count too, for recoveries are rare.
func same(h, past engine.Header) bool {
	if past.Procedure != h.Procedure {
		return false
	}
	return h.Mode == engine.ModeRecovery || past.Mode == engine.ModeDrill && past.Scenario == h.Scenario
}

func (h *History) pass(run, reason string) { h.Passed = append(h.Passed, Passed{run, reason}) }

// Add folds a run into the history of a graph.
func (h *History) Add(now engine.Graph, run *report.Run) {
	machine, err := engine.Replay(run.Header, run.Events)
	if err != nil {
		h.pass(run.Header.RunID, "the events of the journal do not fit together: "+err.Error())
		return
	}
	was := *machine.View().Graph()
	past := Fold(was, run.Events)
	past.ID, past.At = run.Header.RunID, run.Header.Started
	if s := report.Summarize(run); s.RTO.Measured() {
		past.RTO = &s.RTO.Actual.Duration
	}
	h.drop(past, was, now)
	if len(past.Steps) == 0 {
		h.pass(past.ID, "none of its steps is one of this plan and came to an end")
		return
	}
	h.Runs = append(h.Runs, *past)
}

// drop takes the steps out of a run that the graph does not have, or not as they were.
func (h *History) drop(past *Run, was, now engine.Graph) {
	then := make(map[string]string, len(was.Nodes))
	for _, n := range was.Nodes {
		then[n.ID] = n.Digest()
	}
	stays := make(map[string]bool, len(now.Nodes))
	var changed []string
	for _, n := range now.Nodes {
		stays[n.ID] = then[n.ID] == n.Digest()
		if then[n.ID] != "" && !stays[n.ID] && h.Changed[n.ID] == nil {
			changed = append(changed, n.ID)
		}
	}
	for id := range past.Steps {
		if !stays[id] {
			delete(past.Steps, id)
		}
	}
	if len(changed) > 0 {
		h.explain(changed, was, now)
	}
}

// explain notes in words what is another about steps than it was.
func (h *History) explain(steps []string, was, now engine.Graph) {
	for _, id := range steps {
		h.Changed[id] = []string{}
	}
	for _, d := range engine.Differences(was, now) {
		if list := h.Changed[d.Node]; list != nil {
			h.Changed[d.Node] = append(list, d.What)
		}
	}
}
