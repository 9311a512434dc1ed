package report

import (
	"github.com/drplan/drplan/engine"
)

// class says what a stretch of time was spent on. Where several go on at once,
// the least counts: down before machine before verification before people.
type class int

const (
	handWork class = iota // drplan was not running, and a person did a step by hand: people's time
	down
	machine
	verification
	people // whatever is none of these
	classes
)

// stretch is one activity, on the run's clock.
type stretch struct {
	from, to engine.Time
	class    class
}

// simulated is a wait that was planned and not spent.
type simulated struct {
	node   string
	at     engine.Time
	length engine.Span
}

// timeline is what events say about the use of time.
type timeline struct {
	stretches []stretch
	simulated []simulated
	gaps      []gap
}

// gap is a time in which drplan was not running.
type gap struct {
	from, to engine.Time
	taken    engine.Event // resumed or reopened: what ended it
	clean    bool         // the run had been closed, not killed
	byHand   bool         // a person did a step meanwhile
}

// work names something that goes on from one event to another.
type work struct{ what, node, key string }

// tracer folds events into a timeline.
type tracer struct {
	verifies map[string]bool // nodes
	timers   map[string]bool
	open     map[work]stretch
	out      timeline

	last    engine.Time // the last event of a process that was running
	closed  bool        // since a closing event
	sitting bool        // since a gap, as long as the new process only takes stock
	byHand  bool        // a person settled a step of the closed run
}

// trace folds the events of a run into its timeline. What is still going on at
// the end lasts until the last event.
func trace(graph engine.Graph, events []engine.Event) timeline {
	t := &tracer{open: map[work]stretch{}}
	t.learn(graph)
	for i := range events {
		t.event(&events[i])
	}
	if n := len(events); n > 0 {
		t.stopAll(events[n-1].T)
	}
	for _, g := range t.out.gaps {
		c := down
		if g.byHand {
			c = handWork
		}
		t.out.stretches = append(t.out.stretches, stretch{g.from, g.to, c})
	}
	return t.out
}

func (t *tracer) learn(g engine.Graph) {
	t.verifies, t.timers = map[string]bool{}, map[string]bool{}
	for _, n := range g.Nodes {
		t.verifies[n.ID] = n.Verifies
		t.timers[n.ID] = n.Wait == engine.WaitTimer
	}
}

func (t *tracer) event(e *engine.Event) {
	t.process(e)
	attempt, backoff, wait := work{"attempt", e.Node, e.Key}, work{"backoff", e.Node, e.Key}, work{"wait", e.Node, e.Key}
	resolve, preflight := work{"resolve", e.Node, ""}, work{"preflight", string(e.Phase), ""}
	switch e.Kind {
	case engine.PhaseStarted:
		t.start(preflight, e.T, machine)
	case engine.PreflightDone:
		t.stop(preflight, e.T)
	case engine.StepResolving:
		t.start(resolve, e.T, machine)
	case engine.StepResolved:
		t.stop(resolve, e.T)
	case engine.AttemptStarted:
		t.stop(backoff, e.T)
		t.start(attempt, e.T, t.classOf(e.Node))
	case engine.AttemptEnded, engine.InDoubt:
		t.stop(attempt, e.T)
	case engine.RetryScheduled:
		t.start(backoff, e.T, machine)
	case engine.WaitStarted:
		if t.timers[e.Node] {
			t.start(wait, e.T, machine)
		}
	case engine.WaitEnded:
		t.stop(wait, e.T)
		if e.Simulated {
			t.out.simulated = append(t.out.simulated, simulated{e.Node, e.T, e.WaitFor})
		}
	case engine.StepEnded:
		t.stop(attempt, e.T)
		t.stop(backoff, e.T)
		t.stop(resolve, e.T)
	case engine.PlanChanged:
		if e.Graph != nil {
			t.learn(*e.Graph)
		}
	case engine.RunEnded, engine.RunStopped:
		t.stopAll(e.T)
	}
}

// process follows which times no driver was running: from the last event of
// one process to the event with which the next takes the run up.
func (t *tracer) process(e *engine.Event) {
	switch e.Kind {
	case engine.RunEnded, engine.RunStopped:
		t.last, t.closed, t.sitting = e.T, true, false
	case engine.Resumed, engine.Reopened:
		t.out.gaps = append(t.out.gaps, gap{from: t.last, to: e.T, taken: *e, clean: t.closed, byHand: t.byHand})
		t.last, t.closed, t.byHand, t.sitting = e.T, false, false, true
	case engine.Settled:
		t.settled(e)
	case engine.JournalCut: // a new process makes it before it says that it is there
	case engine.PlanChanged, engine.Noted:
		if !t.closed {
			t.last = e.T
		}
	default:
		t.last, t.closed, t.sitting = e.T, false, false
	}
}

// settled makes a gap people's time if a person did a step by hand in it. Of a
// run that ended, the word comes before the run is reopened; of one that was
// stopped in doubt, right after it was resumed.
func (t *tracer) settled(e *engine.Event) {
	switch {
	case e.Verdict != engine.VerdictDone:
	case t.closed:
		t.byHand = true
	case t.sitting:
		if g := &t.out.gaps[len(t.out.gaps)-1]; g.clean {
			g.byHand = true
		}
	}
}

func (t *tracer) classOf(node string) class {
	if t.verifies[node] {
		return verification
	}
	return machine
}

func (t *tracer) start(w work, at engine.Time, c class) {
	t.stop(w, at)
	t.open[w] = stretch{from: at, class: c}
}

func (t *tracer) stop(w work, at engine.Time) {
	s, ok := t.open[w]
	if !ok {
		return
	}
	delete(t.open, w)
	s.to = at
	t.out.stretches = append(t.out.stretches, s)
}

func (t *tracer) stopAll(at engine.Time) {
	for w := range t.open {
		t.stop(w, at)
	}
}
