package simulate

import "github.com/drplan/drplan/engine"

// Result is what became of a simulated run.
type Result struct {
	Result engine.Result
	Reason string // why it did not end well

	// Spans says when each node was under way; of those that never began nothing.
	Spans map[string]engine.Interval

	// From and To are the ends of the recovery, where Recovered: from the start of
	// the first disaster step (of a recovery that of the run) to the end of the last
	// verification. Where no node verifies, To is the end of the last node of the
	// recovery; where a drill has no disaster, From is the start of the first one.
	From, To  engine.Time
	Recovered bool
}

// RTO is the length of the recovery; only where it Recovered.
func (r *Result) RTO() engine.Span { return r.To - r.From }

func (d *driver) result() *Result {
	v := d.machine.View()
	run := v.Run()
	r := &Result{Result: run.Result, Reason: run.Reason, Spans: make(map[string]engine.Interval, len(d.nodes)), Recovered: true}
	var c clock
	for n := range v.Nodes() {
		if n.Begun {
			r.Spans[n.ID] = engine.Interval{Start: n.Started, End: n.Ended}
			c.look(n)
		}
		r.Recovered = r.Recovered && recovered(n)
	}
	r.From, r.To = c.interval(d.header.Mode)
	r.Recovered = r.Recovered && r.Result != engine.ResultRefused
	return r
}

// recovered reports whether a node stands in the way of the recovery. The cleanup
// takes nothing from it, and what was tolerated is none, unless it had to verify.
func recovered(n engine.NodeView) bool {
	switch {
	case n.Phase == engine.PhaseCleanup, n.Outcome == engine.Succeeded, n.Outcome == engine.Skipped:
		return true
	case n.Outcome == engine.Failed, n.Outcome == engine.TimedOut:
		return n.ContinueOnError && !verifies(n)
	}
	return false
}

func verifies(n engine.NodeView) bool {
	return n.Verifies && (n.Phase == engine.PhaseProcedure || n.Phase == engine.PhaseChecks)
}

// clock finds the ends of the recovery.
type clock struct {
	disaster, first    engine.Time
	hasDisaster, began bool
	verified, last     engine.Time
	hasVerified        bool
}

func (c *clock) look(n engine.NodeView) {
	if !n.Phase.Recovers() {
		return
	}
	if n.Phase == engine.PhaseDisaster && (!c.hasDisaster || n.Started < c.disaster) {
		c.disaster, c.hasDisaster = n.Started, true
	}
	if !c.began || n.Started < c.first {
		c.first, c.began = n.Started, true
	}
	if verifies(n) && n.Outcome == engine.Succeeded {
		c.verified, c.hasVerified = max(c.verified, n.Ended), true
	}
	c.last = max(c.last, n.Ended)
}

func (c *clock) interval(mode engine.Mode) (from, to engine.Time) {
	from, to = c.first, c.last
	if c.hasDisaster {
		from = c.disaster
	}
	if c.hasVerified {
		to = c.verified
	}
	if mode == engine.ModeRecovery {
		from = 0
	}
	return from, max(from, to)
}
