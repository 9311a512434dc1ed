package predict

import (
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/simulate"
	"github.com/drplan/drplan/report/history"
)

// play is one sample: a world for a simulated run.
type play struct {
	model   *model
	weather *weather
}

var _ simulate.World = play{}

// Preflight takes as long as in an earlier run; without one no time.
func (p play) Preflight(phase engine.Phase) engine.Span {
	l := p.model.preflight[phase]
	if run, ok := p.first(l.runs); ok {
		return l.draw(p.weather, run)
	}
	return 0
}

// Resolve answers what is known before a run, else what an earlier run had.
func (p play) Resolve(n *engine.Node) (engine.Resolved, engine.Span) {
	s := p.model.steps[n.ID]
	out := engine.Resolved{Node: n.ID, When: true, WaitFor: s.known.WaitFor}
	var takes engine.Span
	if run, ok := p.first(s.resolve.runs); ok {
		takes = s.resolve.draw(p.weather, run)
	}
	past, ok := p.past(s)
	switch {
	case s.known.When != nil:
		out.When = *s.known.When
	case ok:
		out.When = !past.Skipped
	}
	if ok && out.WaitFor == 0 {
		out.WaitFor = past.WaitFor
	}
	if n.ForEach {
		out.Items = items(s, past, ok)
	}
	return out, takes
}

// items are the keys of a for_each step. Where nobody knows them there is one.
func items(s *step, past history.Step, ran bool) []engine.Item {
	keys := []string{"item"}
	switch {
	case s.known.Items != nil:
		keys = s.known.Items
	case ran:
		keys = past.Items
	}
	out := make([]engine.Item, len(keys))
	for i, key := range keys {
		out[i].Key = key
	}
	return out
}

// past is how the step went in the first run that tells.
func (p play) past(s *step) (history.Step, bool) {
	run, ok := p.first(s.ran)
	if !ok {
		return history.Step{}, false
	}
	return p.model.past[run].Steps[s.node.ID], true
}

// first is the first of the shuffled runs that is among some.
func (p play) first(among []int) (int, bool) {
	for _, run := range p.weather.order {
		if len(among) > 0 && slices.Contains(among, run) {
			return run, true
		}
	}
	return 0, false
}

// Attempt goes as in an earlier run, the last one with the margin.
func (p play) Attempt(n *engine.Node, key string, attempt int) simulate.Attempt {
	s := p.model.steps[n.ID]
	l, run, ok := p.instance(s, &key)
	if !ok {
		return simulate.Attempt{Takes: s.known.Takes}
	}
	in := p.model.past[run].Steps[n.ID].Instances[key]
	if attempt < len(in.Attempts) {
		return simulate.Attempt{Takes: in.Attempts[attempt-1], Fails: true}
	}
	return simulate.Attempt{Takes: l.draw(p.weather, run), Fails: in.Failed, Final: in.Failed}
}

// instance finds the run that an instance goes like. One that no run has seen goes
// like another of the step; then key is that one's.
func (p play) instance(s *step, key *string) (*times, int, bool) {
	l := s.instances[*key]
	if l == nil && len(s.keys) > 0 {
		*key = s.keys[p.weather.rand.IntN(len(s.keys))]
		l = s.instances[*key]
	}
	if l == nil {
		return nil, 0, false
	}
	run, ok := p.first(l.runs)
	return l, run, ok
}

// Answer comes after as long as in an earlier run, else as planned.
func (p play) Answer(n *engine.Node, key string) (engine.Span, bool) {
	s := p.model.steps[n.ID]
	if l, run, ok := p.instance(s, &key); ok {
		return l.draw(p.weather, run), true
	}
	return s.known.Takes, true
}
