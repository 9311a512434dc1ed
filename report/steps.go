package report

import (
	"encoding/json"

	"github.com/drplan/drplan/engine"
)

// instanceID names one instance of a node.
type instanceID struct{ node, key string }

// tally is what the events say of an instance beside its state.
type tally struct {
	attempts  int
	settledBy string
	simulated bool
}

// steps lists every step in document order, and when each was under way.
func (f *facts) steps() ([]Step, map[string]engine.Interval) {
	t := telling{f.tallies(), f.beginnings(), f.spans()}
	measured := map[string]engine.Interval{}
	list := []Step{}
	for n := range f.view.Nodes() {
		step := f.step(n, t)
		if step.begun {
			measured[n.ID] = engine.Interval{Start: step.start, End: step.end}
		}
		list = append(list, step)
	}
	return list, measured
}

// markPath finds the critical path, and marks its steps and every step's slack.
func markPath(graph engine.Graph, measured map[string]engine.Interval, list []Step) []string {
	path := engine.CriticalPath(graph, measured)
	on := map[string]bool{}
	for _, id := range path.Nodes {
		on[id] = true
	}
	for i := range list {
		list[i].OnCriticalPath = on[list[i].ID]
		if slack, ok := path.Slack[list[i].ID]; ok {
			list[i].Slack = seconds(slack)
		}
	}
	return append([]string{}, path.Nodes...)
}

// telling is what events tell of instances beside their state.
type telling struct {
	tallies map[instanceID]*tally
	walls   map[begin]Instant
	spans   map[instanceID][]Span
}

func stepOf(n engine.NodeView) Step {
	return Step{ID: n.ID, Name: n.Name, Type: n.Type, Phase: string(n.Phase), tolerated: n.ContinueOnError,
		Verifies: n.Verifies, Restores: n.Restores, Mutates: n.Mutates}
}

func (f *facts) step(n engine.NodeView, all telling) Step {
	s := stepOf(n)
	s.Spans = all.spans[instanceID{n.ID, ""}]
	s.state(standing(n), n.Error, n.Reason, n.Outputs)
	s.time(n.Begun, n.Started, n.Ended, n.Status, f)
	if s.begun {
		s.StartedAt = all.walls[begin{n.ID, n.Started}]
	}
	for in := range n.Instances() {
		id := instanceID{n.ID, in.Key}
		t := all.tallies[id]
		if !n.ForEach {
			s.count(t)
			if n.Status != engine.StatusEnded { // a node under way says nothing of its own
				s.Reason, s.Error = in.Reason, optionalText(in.Error)
			}
			continue
		}
		i := f.instance(n, in)
		i.count(t)
		if i.begun {
			i.StartedAt = all.walls[begin{n.ID, in.Started}]
		}
		i.Spans = all.spans[id]
		s.Instances = append(s.Instances, i)
		s.Attempts += i.Attempts
	}
	if t := all.tallies[instanceID{n.ID, ""}]; t != nil && len(s.Instances) == 0 {
		s.SettledBy = t.settledBy
	}
	s.degrade()
	return s
}

// standing is a node's outcome, or its status; of a node under way that of its
// only instance, which says more.
func standing(n engine.NodeView) string {
	if n.Status == engine.StatusEnded {
		return string(n.Outcome)
	}
	if in, ok := n.Instance(""); ok && !n.ForEach && in.Status != engine.StatusEnded {
		return string(in.Status)
	}
	return string(n.Status)
}

func (f *facts) instance(n engine.NodeView, in engine.InstanceView) Step {
	s := stepOf(n)
	s.Key = in.Key
	status := string(in.Outcome)
	if in.Status != engine.StatusEnded {
		status = string(in.Status)
	}
	s.state(status, in.Error, in.Reason, in.Outputs)
	s.time(in.Begun, in.Started, in.Ended, in.Status, f)
	s.degrade()
	return s
}

func (s *Step) state(status, err, reason string, outputs json.RawMessage) {
	s.Status, s.Reason, s.Error = status, reason, optionalText(err)
	s.Outputs = json.RawMessage("{}")
	if len(outputs) > 0 {
		s.Outputs = outputs
	}
}

func (s *Step) time(begun bool, started, ended engine.Time, status engine.Status, f *facts) {
	over := status == engine.StatusEnded
	if !over {
		ended = f.now
	}
	s.begun, s.start, s.end = begun, started, ended
	if begun {
		s.Duration = seconds(ended - started)
		if over {
			s.FinishedAt = instant(f.wall(ended))
		}
	}
}

func (s *Step) count(t *tally) {
	if t != nil {
		s.Attempts, s.SettledBy, s.Simulated = t.attempts, t.settledBy, t.simulated
	}
}

// tallies counts attempts since a step was last begun afresh. An attempt that a
// crash broke off and that ran again under its number counts once.
func (f *facts) tallies() map[instanceID]*tally {
	all := map[instanceID]*tally{}
	of := func(e *engine.Event) *tally {
		id := instanceID{e.Node, e.Key}
		if all[id] == nil {
			all[id] = &tally{}
		}
		return all[id]
	}
	for i := range f.events {
		e := &f.events[i]
		switch e.Kind {
		case engine.AttemptStarted:
			of(e).attempts = e.Attempt
		case engine.WaitStarted:
			of(e).attempts = 1
		case engine.WaitEnded:
			of(e).simulated = e.Simulated
		case engine.Settled:
			if e.Verdict == engine.VerdictDone {
				of(e).settledBy = by(e.By)
			}
		}
	}
	return all
}

func by(who string) string {
	if who == "" {
		return "somebody"
	}
	return who
}

// begin names an event with which an instance of a node began.
type begin struct {
	node string
	at   engine.Time
}

// beginnings gives the wall clock of each beginning.
func (f *facts) beginnings() map[begin]Instant {
	walls := map[begin]Instant{}
	for i := range f.events {
		if e := &f.events[i]; e.Kind == engine.AttemptStarted || e.Kind == engine.WaitStarted {
			walls[begin{e.Node, e.T}] = instant(e.Wall)
		}
	}
	return walls
}
