package predict

import (
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report/history"
)

// model is all that samples are drawn from.
type model struct {
	header    engine.Header
	past      []history.Run
	steps     map[string]*step
	preflight map[engine.Phase]*times
}

// step is what is known of one step.
type step struct {
	node      *engine.Node
	known     Known
	source    Source
	ran       []int // runs in which it came to an end, or was skipped
	resolve   times
	instances map[string]*times // the last attempt of each instance, or a person's answer
	keys      []string          // of instances, in the order in which runs have them
}

func newModel(s Subject) *model {
	m := &model{header: s.Header, steps: map[string]*step{}, preflight: map[engine.Phase]*times{}}
	if s.Past != nil {
		m.past = s.Past.Runs
	}
	for i := range s.Header.Graph.Nodes {
		n := &s.Header.Graph.Nodes[i]
		m.steps[n.ID] = m.newStep(n, s.Known[n.ID])
	}
	for _, p := range engine.Phases {
		l := &times{}
		for i := range m.past {
			if takes, ok := m.past[i].Preflight[p]; ok {
				l.add(i, takes)
			}
		}
		l.finish()
		m.preflight[p] = l
	}
	return m
}

func (m *model) newStep(n *engine.Node, known Known) *step {
	s := &step{node: n, known: known, instances: map[string]*times{}}
	for i := range m.past {
		if past, ok := m.past[i].Steps[n.ID]; ok {
			s.learn(i, past)
		}
	}
	s.resolve.finish()
	for _, l := range s.instances {
		l.finish()
	}
	s.source = s.whence()
	return s
}

// learn takes up what a run tells.
func (s *step) learn(run int, past history.Step) {
	if past.Resolve != nil {
		s.resolve.add(run, *past.Resolve)
	}
	if s.tells(past) {
		s.ran = append(s.ran, run)
	}
	for key, in := range past.Instances {
		l := s.instances[key]
		if l == nil {
			l = &times{}
			s.instances[key], s.keys = l, append(s.keys, key)
		}
		if takes, ok := in.Last(); ok {
			l.add(run, takes)
		}
	}
	slices.Sort(s.keys)
}

// tells reports whether a run tells how the step goes. Where it is known that it
// runs, a run that skipped it tells nothing.
func (s *step) tells(past history.Step) bool {
	if past.Skipped {
		return s.known.When == nil || !*s.known.When
	}
	return len(past.Instances) > 0 && (!s.node.ForEach || len(past.Instances) == len(past.Items)) || s.node.ForEach && len(past.Items) == 0 && past.Resolve != nil
}

func (s *step) whence() Source {
	switch {
	case s.node.Wait == engine.WaitTimer && s.known.Source == SourcePlanned:
		return SourcePlanned // the core keeps to it exactly
	case s.known.When != nil && !*s.known.When:
		return SourcePlanned // it will not run
	case len(s.ran) > 0:
		return SourceHistory
	case s.known.Source != "":
		return s.known.Source
	}
	return SourceNone
}

// firm reports whether earlier runs tell of the spread, or there is none.
func (s *step) firm() bool {
	switch s.source {
	case SourceHistory:
		return len(s.ran) >= leastRuns
	case SourcePlanned:
		return !s.node.Wait.People()
	}
	return false
}
