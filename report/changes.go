package report

import "github.com/drplan/drplan/engine"

// Changes is how a run's plan is another than that of an earlier run.
type Changes struct {
	RunID       string // the earlier run
	StartedAt   Instant
	Plan        Plan // what it followed last
	Differences []engine.Difference
	Objective   *Objective // what it was held to, if that was another row
	RTO, RPO    *Seconds   // its targets, where they were others
}

// ChangesSince compares the steps of two runs, as they were at their ends.
func ChangesSince(before, now *Run) *Changes {
	was, is := before.Header, now.Header
	c := &Changes{RunID: was.RunID, StartedAt: instant(was.Started), Differences: engine.Differences(lastGraph(before), lastGraph(now))}
	plan := was.Plan
	for i := range before.Events {
		if e := &before.Events[i]; e.Kind == engine.PlanChanged && e.Plan != nil {
			plan = *e.Plan
		}
	}
	c.Plan = planOf(plan)
	if was.Objective.Row != is.Objective.Row || was.Objective.Strictest != is.Objective.Strictest {
		c.Objective = &Objective{was.Objective.Row, was.Objective.Strictest}
	}
	if was.Objective.RTO != is.Objective.RTO {
		c.RTO = ptr(optional(was.Objective.RTO))
	}
	if was.Objective.RPO != is.Objective.RPO {
		c.RPO = ptr(optional(was.Objective.RPO))
	}
	return c
}

// Any reports whether anything is another.
func (c *Changes) Any() bool {
	return len(c.Differences) > 0 || c.Objective != nil || c.RTO != nil || c.RPO != nil
}

func lastGraph(r *Run) engine.Graph {
	graph := r.Header.Graph
	for i := range r.Events {
		if e := &r.Events[i]; e.Kind == engine.PlanChanged && e.Graph != nil {
			graph = *e.Graph
		}
	}
	return graph
}
