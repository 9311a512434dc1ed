package ui

import (
	"time"

	"github.com/drplan/drplan/engine"
)

// state is what is to be seen of a run: a fold of its events.
type state struct {
	header engine.Header
	phases []*phase
	rows   map[string]*row // by step, with its key

	now    engine.Time // of the last event
	seen   time.Time   // when that event came in, on this machine's monotonic clock
	outage engine.Time // when the RTO began, on the run's clock
	ticks  bool        // the RTO has begun
	closed bool
}

type phase struct {
	name           engine.Phase
	rows           []*row
	started, ended engine.Time
	status         engine.Status
	outcome        engine.Outcome
}

// row is a step, or one instance of a for_each step, which stands below it.
type row struct {
	id, name       string
	instance       bool
	node           engine.Node
	status         engine.Status
	outcome        engine.Outcome
	attempt        int
	begun          bool
	started, ended engine.Time
	retryAt        engine.Time
	message        string // the last progress, or what is to be said of the end
}

func newState(h engine.Header) *state {
	s := &state{header: h}
	s.use(h.Graph)
	if h.Mode == engine.ModeRecovery {
		s.ticks = true
		if at := h.Options.DisasterAt; !at.IsZero() {
			s.outage = at.Sub(h.Started)
		}
	}
	return s
}

// use takes a graph; rows of steps that it shares with the last one are kept.
func (s *state) use(g engine.Graph) {
	old := s.rows
	s.phases, s.rows = nil, make(map[string]*row, len(g.Nodes))
	for _, name := range engine.Phases {
		p := &phase{name: name, status: engine.StatusPending}
		for _, n := range g.Nodes {
			if n.Phase != name {
				continue
			}
			r := old[n.ID]
			if r == nil {
				r = &row{id: n.ID, status: engine.StatusPending}
			}
			r.name, r.node = n.Name, n
			s.rows[n.ID] = r
			p.rows = append(p.rows, r)
		}
		if len(p.rows) > 0 {
			s.phases = append(s.phases, p)
		}
	}
}

func (s *state) phase(name engine.Phase) *phase {
	for _, p := range s.phases {
		if p.name == name {
			return p
		}
	}
	return &phase{}
}

// row finds a step's row. An instance that is new to us (its step was resolved
// in a part of the journal that nobody showed us) gets one.
func (s *state) row(ev engine.Event) *row {
	if ev.Node == "" {
		return &row{}
	}
	if r := s.rows[StepName(ev.Node, ev.Key)]; r != nil {
		return r
	}
	parent := s.rows[ev.Node]
	if parent == nil {
		return &row{}
	}
	return s.addInstance(parent, ev.Key)
}

func (s *state) addInstance(parent *row, key string) *row {
	name := StepName(parent.id, key)
	if r := s.rows[name]; r != nil {
		return r
	}
	r := &row{id: name, name: parent.name, node: parent.node, instance: true, status: engine.StatusPending}
	s.rows[name] = r
	p := s.phase(parent.node.Phase)
	at := len(p.rows)
	for i, other := range p.rows {
		if other.node.ID == parent.node.ID {
			at = i + 1
		}
	}
	p.rows = append(p.rows[:at], append([]*row{r}, p.rows[at:]...)...)
	return r
}

// StepName is how a step's instance is written: restore[eu].
func StepName(node, key string) string {
	if key == "" {
		return node
	}
	return node + "[" + key + "]"
}

// clock is the run's time at a moment of this machine's.
func (s *state) clock(at time.Time) engine.Time {
	if s.closed || s.seen.IsZero() {
		return s.now
	}
	return s.now + max(at.Sub(s.seen), 0)
}

// waiting reports whether a person's answer is due for the step.
func (s *state) waiting(step string) bool {
	r := s.rows[step]
	return r != nil && r.status == engine.StatusWaiting
}
