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

// steps lists every step in document order, and the critical path.
func (f *facts) steps() ([]Step, []string) {
	tallies := f.tallies()
	walls := f.beginnings()
	spans := map[string]engine.Interval{}
	list := []Step{}
	for n := range f.view.Nodes() {
		step := f.step(n, tallies, walls)
		if step.begun {
			spans[n.ID] = engine.Interval{Start: step.start, End: step.end}
		}
		list = append(list, step)
	}
	path := engine.CriticalPath(*f.view.Graph(), spans)
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
	return list, append([]string{}, path.Nodes...)
}

func (f *facts) step(n engine.NodeView, tallies map[instanceID]*tally, walls map[begin]Instant) Step {
	s := Step{ID: n.ID, Name: n.Name, Type: n.Type, Phase: string(n.Phase), tolerated: n.ContinueOnError}
	s.state(standing(n), n.Error, n.Reason, n.Outputs)
	s.time(n.Begun, n.Started, n.Ended, n.Status, f.now)
	if s.begun {
		s.StartedAt = walls[begin{n.ID, n.Started}]
	}
	for in := range n.Instances() {
		t := tallies[instanceID{n.ID, in.Key}]
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
			i.StartedAt = walls[begin{n.ID, in.Started}]
		}
		s.Instances = append(s.Instances, i)
		s.Attempts += i.Attempts
	}
	if t := tallies[instanceID{n.ID, ""}]; t != nil && len(s.Instances) == 0 {
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
	s := Step{ID: n.ID, Name: n.Name, Type: n.Type, Phase: string(n.Phase), Key: in.Key, tolerated: n.ContinueOnError}
	status := string(in.Outcome)
	if in.Status != engine.StatusEnded {
		status = string(in.Status)
	}
	s.state(status, in.Error, in.Reason, in.Outputs)
	s.time(in.Begun, in.Started, in.Ended, in.Status, f.now)
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

func (s *Step) time(begun bool, started, ended engine.Time, status engine.Status, now engine.Time) {
	if status != engine.StatusEnded {
		ended = now
	}
	s.begun, s.start, s.end = begun, started, ended
	if begun {
		s.Duration = seconds(ended - started)
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
