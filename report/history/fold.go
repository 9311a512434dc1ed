package history

import (
	"github.com/drplan/drplan/engine"
)

// instanceID names one instance of a node.
type instanceID struct{ node, key string }

// folder follows the events of one run.
type folder struct {
	nodes     map[string]*engine.Node
	run       *Run
	resolving map[string]engine.Time
	checking  map[engine.Phase]engine.Time
	open      map[instanceID]engine.Time         // attempts and waits that are under way
	attempts  map[instanceID]map[int]engine.Span // how long each took; those that were interrupted are missing
	last      map[instanceID]int                 // the number of the last attempt
	answered  map[instanceID]engine.Span
}

// Fold reads one run's events; its graph is the one that the run followed last.
func Fold(g engine.Graph, events []engine.Event) *Run {
	f := &folder{
		nodes: map[string]*engine.Node{}, run: &Run{Preflight: map[engine.Phase]engine.Span{}, Steps: map[string]Step{}},
		resolving: map[string]engine.Time{}, checking: map[engine.Phase]engine.Time{}, open: map[instanceID]engine.Time{},
		attempts: map[instanceID]map[int]engine.Span{}, last: map[instanceID]int{}, answered: map[instanceID]engine.Span{},
	}
	for i := range g.Nodes {
		f.nodes[g.Nodes[i].ID] = &g.Nodes[i]
	}
	for i := range events {
		f.event(&events[i])
	}
	return f.run
}

func (f *folder) event(e *engine.Event) {
	switch e.Kind {
	case engine.Resumed, engine.Reopened: // what was under way was interrupted
		clear(f.resolving)
		clear(f.checking)
		clear(f.open)
	case engine.PhaseStarted:
		f.checking[e.Phase] = e.T
	case engine.PreflightDone:
		if at, ok := f.checking[e.Phase]; ok && e.Outcome == engine.Succeeded {
			f.run.Preflight[e.Phase] = e.T - at
		}
	case engine.StepResolving:
		f.resolving[e.Node] = e.T
	case engine.StepResolved:
		f.resolved(e)
	case engine.RunEnded:
		f.run.Succeeded = e.Result == engine.ResultSucceeded
	default:
		f.instance(e)
	}
}

func (f *folder) resolved(e *engine.Event) {
	s := f.run.Steps[e.Node]
	if at, ok := f.resolving[e.Node]; ok {
		takes := e.T - at
		s.Resolve = &takes
		delete(f.resolving, e.Node)
	}
	s.Skipped, s.WaitFor = e.Error == "" && e.When != nil && !*e.When, e.WaitFor
	s.Items = nil
	for _, item := range e.Items {
		s.Items = append(s.Items, item.Key)
	}
	f.run.Steps[e.Node] = s
}

func (f *folder) instance(e *engine.Event) {
	id := instanceID{e.Node, e.Key}
	switch e.Kind {
	case engine.AttemptStarted:
		if e.Attempt == 1 || f.attempts[id] == nil {
			f.attempts[id] = map[int]engine.Span{}
		}
		f.open[id], f.last[id] = e.T, e.Attempt
	case engine.AttemptEnded:
		if at, ok := f.open[id]; ok {
			f.attempts[id][e.Attempt] = e.T - at
		}
		delete(f.open, id)
	case engine.WaitStarted:
		delete(f.answered, id)
		f.open[id] = e.T
	case engine.WaitEnded:
		if at, ok := f.open[id]; ok && !e.Simulated && e.Outcome == engine.Succeeded {
			f.answered[id] = e.T - at
		}
		delete(f.open, id)
	case engine.StepEnded:
		f.ended(id, e)
	}
}

// ended keeps an instance that came to its end by itself.
func (f *folder) ended(id instanceID, e *engine.Event) {
	n := f.nodes[id.node]
	if e.Whole || n == nil || e.By != "" && n.Wait == engine.WaitNone {
		return
	}
	var in Instance
	switch {
	case e.Outcome == engine.Succeeded:
	case n.ContinueOnError && (e.Outcome == engine.Failed || e.Outcome == engine.TimedOut):
		in.Failed = true
	default:
		return
	}
	if n.Wait != engine.WaitNone {
		takes, ok := f.answered[id]
		if !ok {
			return
		}
		in.Answered = &takes
	} else if in.Attempts = f.whole(id); in.Attempts == nil {
		return
	}
	s := f.run.Steps[id.node]
	if s.Instances == nil {
		s.Instances = map[string]Instance{}
	}
	s.Instances[id.key] = in
	f.run.Steps[id.node] = s
}

// whole lists an instance's attempts; nil where one of them was interrupted.
func (f *folder) whole(id instanceID) []engine.Span {
	out := make([]engine.Span, 0, f.last[id])
	for i := 1; i <= f.last[id]; i++ {
		takes, ok := f.attempts[id][i]
		if !ok {
			return nil
		}
		out = append(out, takes)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
