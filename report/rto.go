package report

import (
	"fmt"
	"time"

	"github.com/drplan/drplan/engine"
)

// facts are what the measures are taken from.
type facts struct {
	header engine.Header
	events []engine.Event
	view   engine.View
	line   timeline
	now    engine.Time // of a live run when it is looked at, else of the last event
}

// start is when the outage began.
type start struct {
	at    engine.Time // on the run's clock; before the run: negative
	wall  time.Time
	bound bool // it began earlier, nobody knows when
}

// outage says when the outage began: with the first disaster step, in a
// recovery when people say it did. The reason says why that is not known.
func (f *facts) outage() (start, string) {
	if f.header.Mode == engine.ModeRecovery {
		began := f.header.Options.DisasterAt
		if began.IsZero() {
			return start{wall: f.header.Started, bound: true}, ""
		}
		return start{at: began.Sub(f.header.Started), wall: began}, ""
	}
	planned := false
	disaster := map[string]bool{}
	for n := range f.view.Nodes() {
		if n.Phase == engine.PhaseDisaster {
			planned, disaster[n.ID] = true, true
		}
	}
	if !planned {
		return start{}, "the drill has no disaster, so there is nothing to recover from"
	}
	for i := range f.events {
		e := &f.events[i]
		if disaster[e.Node] && (e.Kind == engine.AttemptStarted || e.Kind == engine.WaitStarted) {
			return start{at: e.T, wall: e.Wall}, ""
		}
	}
	return start{}, "no disaster step was started"
}

// recovered says when the service was back: when the last verification of
// procedure and checks had succeeded. The reason says why it was not.
func (f *facts) recovered() (at engine.Time, reason string) {
	if reason := f.failure(); reason != "" {
		return 0, reason
	}
	verified := false
	for n := range f.view.Nodes() {
		if n.Verifies && recovers(n.Phase) && n.Outcome == engine.Succeeded {
			at, verified = max(at, n.Ended), true
		}
	}
	if !verified {
		return 0, "nothing verified that the service is back"
	}
	return at, ""
}

// failure is why the recovery did not succeed, or "". What became of the cleanup
// takes nothing from a recovery.
func (f *facts) failure() string {
	if f.view.Run().Result == engine.ResultRefused {
		return "the run was refused before it began"
	}
	for n := range f.view.Nodes() {
		if n.Phase == engine.PhaseCleanup {
			continue
		}
		if reason := notRecovered(n); reason != "" {
			return reason
		}
	}
	return ""
}

// recovers reports whether a phase is part of the recovery.
func recovers(p engine.Phase) bool {
	return p == engine.PhaseProcedure || p == engine.PhaseChecks
}

// notRecovered is why a node keeps the recovery from being over, or "".
func notRecovered(n engine.NodeView) string {
	verifies := n.Verifies && recovers(n.Phase)
	switch {
	case n.Status != engine.StatusEnded:
		return fmt.Sprintf("the recovery is not over: %s has not ended", n.ID)
	case n.Outcome == engine.Succeeded || n.Outcome == engine.Skipped:
		return ""
	case n.ContinueOnError && !verifies && (n.Outcome == engine.Failed || n.Outcome == engine.TimedOut):
		return ""
	case verifies && n.Outcome != engine.UpstreamFailed && n.Outcome != engine.Cancelled:
		return fmt.Sprintf("the verification %s did not succeed: %s", n.ID, n.Outcome)
	}
	if n.Outcome == engine.Cancelled {
		return fmt.Sprintf("the recovery was cancelled before %s had succeeded", n.ID)
	}
	return fmt.Sprintf("the recovery failed: %s %s", n.ID, outcomeWords(n.Outcome))
}

func outcomeWords(o engine.Outcome) string {
	switch o {
	case engine.TimedOut:
		return "timed out"
	case engine.UpstreamFailed:
		return "was not reached"
	case engine.Cancelled:
		return "was cancelled"
	}
	return string(o)
}

// rto measures the recovery time. An estimate or a lower bound may miss the
// target, never meet it.
func (f *facts) rto() RTO {
	target := f.header.Objective.RTO
	r := RTO{Target: optional(target)}
	from, reason := f.outage()
	if reason == "" {
		r.StartedAt, r.began, r.bound = instant(from.wall), from.at, from.bound
		var to engine.Time
		if to, reason = f.recovered(); reason == "" && to < from.at {
			reason = "the recovery ended before the outage is said to have begun: check --disaster-at"
		}
		if reason == "" {
			f.measureRTO(&r, from, to)
			return r
		}
	}
	r.Reason = &reason
	return r
}

func (f *facts) measureRTO(r *RTO, from start, to engine.Time) {
	// The time between --disaster-at and the start of the run falls to people:
	// nobody had started drplan.
	parts := split(f.line.stretches, from.at, to)
	planned := f.plannedWaits(from.at, to)
	parts.People += planned
	actual := parts.Sum()
	r.Actual, r.Split, r.Estimated, r.LowerBound = seconds(actual), &parts, planned > 0, from.bound
	r.FinishedAt, r.ended = instant(f.wall(to)), to
	r.Met, r.Reason = judgeRTO(actual, f.header.Objective.RTO, planned, from.bound)
}

func judgeRTO(actual, target, planned time.Duration, bound bool) (met *bool, reason *string) {
	why := ""
	if planned > 0 {
		why = fmt.Sprintf("an estimate: %s of it are simulated waits, counted as planned", Duration(planned))
	}
	if bound {
		if why != "" {
			why += "; "
		}
		why += "a lower bound: it counts from the start of the run, since --disaster-at does not say when the outage began"
	}
	switch {
	case target == 0:
		return nil, ptr(join(noTarget("RTO"), why))
	case actual > target:
		return ptr(false), optionalText(why)
	case why != "":
		return nil, &why
	}
	return ptr(true), nil
}

// plannedWaits is the time that simulated waits between from and to would have
// added: that of the longest chain of them. Nodes that nothing orders wait at
// the same time.
func (f *facts) plannedWaits(from, to engine.Time) time.Duration {
	own := map[string]time.Duration{}
	for _, s := range f.line.simulated {
		if s.at >= from && s.at <= to {
			own[s.node] = max(own[s.node], s.length)
		}
	}
	if len(own) == 0 {
		return 0
	}
	chain := &chain{own: own, needs: map[string][]string{}, phase: map[string]engine.Phase{}, done: map[string]time.Duration{}}
	for _, n := range f.view.Graph().Nodes {
		chain.needs[n.ID], chain.phase[n.ID] = n.Needs, n.Phase
	}
	var total time.Duration
	for _, phase := range engine.Phases { // barriers: chains of phases follow one another
		var longest time.Duration
		for _, n := range f.view.Graph().Nodes {
			if n.Phase == phase {
				longest = max(longest, chain.until(n.ID))
			}
		}
		total += longest
	}
	return total
}

// chain adds up the simulated waits before the end of a node, within its phase.
type chain struct {
	own   map[string]time.Duration
	needs map[string][]string
	phase map[string]engine.Phase
	done  map[string]time.Duration
}

func (c *chain) until(id string) time.Duration {
	if d, ok := c.done[id]; ok {
		return d
	}
	var before time.Duration
	for _, need := range c.needs[id] {
		if c.phase[need] == c.phase[id] {
			before = max(before, c.until(need))
		}
	}
	c.done[id] = before + c.own[id]
	return c.done[id]
}
