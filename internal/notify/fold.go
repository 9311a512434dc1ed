package notify

import (
	"slices"
	"time"

	"github.com/drplan/drplan/engine"
)

// Fold turns the events of a run into messages. It has no clock: time comes with the
// events, and with Tick.
type Fold struct {
	config Config
	header engine.Header
	events []engine.Event
	nodes  map[string]*engine.Node

	calls    []*call
	doubts   []instance
	woken    bool    // somebody of an escalation was told: they hear the rest too
	stopping bool    // a person asked this process to stop: they know
	began    bool    // some phase got past its preflight
	failures int     // told
	final    Message // how the run closed last

	clock   time.Time // from when the RTO counts; zero: it does not yet
	over    bool      // the recovery is over, one way or the other
	overdue bool      // told
	last    time.Time // of the last event
}

// instance names a step, or with a key one of its instances.
type instance struct{ node, key string }

func (i instance) String() string {
	if i.key == "" {
		return i.node
	}
	return i.node + "[" + i.key + "]"
}

// NewFold begins before the first event of the run.
func NewFold(h engine.Header, c Config) *Fold {
	f := &Fold{config: c.withDefaults(), header: h}
	f.follow(&h.Graph)
	if h.Mode == engine.ModeRecovery {
		f.clock = h.Started
		if !h.Options.DisasterAt.IsZero() {
			f.clock = h.Options.DisasterAt
		}
	}
	return f
}

func (f *Fold) follow(g *engine.Graph) {
	f.nodes = make(map[string]*engine.Node, len(g.Nodes))
	for i := range g.Nodes {
		f.nodes[g.Nodes[i].ID] = &g.Nodes[i]
	}
}

// Past takes events that happened before anybody listened: whatever they called for
// and is over by now is not told.
func (f *Fold) Past(events []engine.Event) {
	for i := range events {
		f.Event(events[i])
	}
}

// Event takes one event and returns what is to be told of it.
func (f *Fold) Event(ev engine.Event) []Message {
	f.events = append(f.events, ev)
	f.last = ev.Wall
	id := instance{ev.Node, ev.Key}
	switch ev.Kind {
	case engine.RunStarted:
		return f.tell(f.started(&ev))
	case engine.Resumed, engine.Reopened:
		return f.goesOn(&ev)
	case engine.PlanChanged:
		if ev.Graph != nil {
			f.follow(ev.Graph)
		}
	case engine.PhaseStarted, engine.PhaseEnded, engine.AttemptStarted:
		f.progress(&ev)
	case engine.PreflightDone:
		return f.preflight(&ev)
	case engine.WaitStarted:
		f.progress(&ev)
		return f.waits(id, &ev)
	case engine.WaitEnded:
		return f.answered(id, &ev)
	case engine.StepEnded:
		return f.stepEnded(id, &ev)
	case engine.InDoubt:
		f.doubts = append(f.doubts, id)
	case engine.Settled:
		f.doubts = slices.DeleteFunc(f.doubts, func(i instance) bool { return i == id })
		f.close(func(c *call) bool { return c.failure })
	case engine.CancelRequested:
		f.stopping = ev.By != ""
		f.close(func(c *call) bool { return c.failure })
	case engine.RunStopped, engine.RunEnded:
		return f.closing(&ev)
	}
	return nil
}

// Owed are the messages about what stands open, of a run that is taken up or that
// nobody drives. dead: no process has it, and if it is not closed, that is news.
func (f *Fold) Owed(dead bool) []Message {
	var out []Message
	switch {
	case f.closed():
		return f.tell(f.final)
	case dead && len(f.events) > 0:
		out = f.gone()
	}
	for _, c := range f.calls {
		out = append(out, c.told)
	}
	return out
}

// Next is when Tick has something to tell, unless an event comes first.
func (f *Fold) Next() (time.Time, bool) {
	var next time.Time
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, c := range f.calls {
		if !c.escalated {
			sooner(c.due)
		}
	}
	if at, ok := f.late(); ok {
		sooner(at)
	}
	return next, !next.IsZero()
}

func (f *Fold) closed() bool {
	n := len(f.events)
	return n > 0 && (f.events[n-1].Kind == engine.RunEnded || f.events[n-1].Kind == engine.RunStopped)
}

// Tick returns what is to be told because of the time alone.
func (f *Fold) Tick(now time.Time) []Message {
	var out []Message
	if at, ok := f.late(); ok && !now.Before(at) {
		f.overdue = true
		out = append(out, f.tell(f.passed(at))...)
	}
	for _, c := range f.calls {
		if !c.escalated && !now.Before(c.due) {
			out = append(out, f.escalate(c))
		}
	}
	return out
}

// Acknowledge takes a person's word that they know of everything until then.
func (f *Fold) Acknowledge(at time.Time) {
	f.close(func(c *call) bool { return !c.told.At.After(at) })
}

// message begins one, addressed to those who are told first, and to everybody who was
// called already.
func (f *Fold) message(kind Kind, topic Topic, id string, at time.Time, title string) Message {
	m := Message{Kind: kind, Topic: topic, ID: id, At: at.UTC(), Title: title, To: f.config.First(), Link: f.link()}
	if f.woken {
		m.To = append(m.To, f.config.EscalateTo...)
	}
	return m
}

func (f *Fold) tell(m Message) []Message { return []Message{m} }
