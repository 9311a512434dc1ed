package engine

import (
	"errors"
	"fmt"
)

// apply is the one place where the state changes. It decides nothing: what an
// event does depends on the event and the state alone, never on the process.
func (m *Machine) apply(e *Event) error {
	m.seq = e.Seq
	m.now = Stamp{T: e.T, Wall: e.Wall}
	switch e.Kind {
	case RunStarted, CancelRequested, Resumed, Reopened, PlanChanged, RunStopped, RunEnded, JournalCut, Noted:
		return m.applyRun(e)
	case PhaseStarted, PreflightDone, PhaseEnded:
		return m.applyPhase(e)
	case StepResolving, StepResolved:
		return m.applyNode(e)
	case StepEnded:
		return m.applyEnd(e)
	case Settled:
		return m.applySettled(e)
	case WaitStarted, WaitEnded:
		return m.applyWait(e)
	case AttemptStarted, AttemptTimedOut, AttemptCancelled, AttemptEnded, RetryScheduled, AttemptReconciled, InDoubt:
		return m.applyAttempt(e)
	}
	return fmt.Errorf("unknown event %q", e.Kind)
}

func (m *Machine) applyPhase(e *Event) error {
	i := phaseIndex(e.Phase)
	if i < 0 {
		return fmt.Errorf("unknown phase %q", e.Phase)
	}
	p := &m.phases[i]
	switch e.Kind {
	case PhaseStarted:
		p.status = StatusPreflight
	case PreflightDone:
		p.status = StatusRefused
		if e.Outcome == Succeeded || p.id == PhaseCleanup {
			p.status, p.began, m.run.began = StatusRunning, true, true
		}
	case PhaseEnded:
		p.status, p.outcome = StatusEnded, e.Outcome
	}
	if m.live {
		for _, pos := range p.nodes {
			m.look(place{pos, -1})
		}
	}
	return nil
}

func (m *Machine) applyNode(e *Event) error {
	n, err := m.node(e.Node)
	if err != nil {
		return err
	}
	if e.Kind == StepResolving {
		n.status = StatusResolving
		return nil
	}
	if e.When == nil && e.Error == "" {
		return errors.New("it says neither whether the step runs nor why not")
	}
	n.status, n.err, n.digest = StatusRunning, e.Error, e.Digest
	n.when, n.waitFor, n.prompt = e.When != nil && *e.When, e.WaitFor, e.Prompt
	if n.when && n.err == "" {
		n.instantiate(e.Items)
	}
	m.look(place{n.pos, -1})
	for i := range n.instances {
		m.look(place{n.pos, i})
	}
	return nil
}

// instantiate makes the node's instances. Those that ended well before the run
// was reopened, or were settled since, are kept where their item is the same.
func (n *node) instantiate(items []Item) {
	if !n.def.ForEach {
		n.instances, n.openItems = []instance{{status: StatusPending}}, 1
		return
	}
	old, oldItems := n.instances, n.items
	n.instances = make([]instance, len(items))
	n.items = make(map[string]int, len(items))
	n.openItems = 0
	for i, item := range items {
		in := instance{key: item.Key, value: item.Value, status: StatusPending}
		if j, ok := oldItems[item.Key]; ok && string(old[j].value) == string(item.Value) {
			in = old[j]
		}
		if in.status != StatusEnded {
			n.openItems++
		}
		n.instances[i] = in
		n.items[item.Key] = i
	}
}

func (m *Machine) applyEnd(e *Event) error {
	n, err := m.node(e.Node)
	if err != nil {
		return err
	}
	i, resolved := n.position(e.Key)
	switch {
	case resolved && !e.Whole:
		in := &n.instances[i]
		if in.status == StatusEnded {
			return errors.New("the instance has ended already")
		}
		in.outcome, in.reason, in.err, in.outputs, in.ended, in.settled = e.Outcome, e.Reason, e.Error, e.Outputs, e.T, nil
		n.openItems--
		m.move(n, in, StatusEnded)
	case n.def.ForEach != e.Whole:
		return fmt.Errorf("%w: %s has no instance %q", ErrUnknownNode, e.Node, e.Key)
	}
	if n.def.ForEach && !e.Whole {
		m.look(place{n.pos, -1})
		return nil
	}
	return m.endNode(n, e)
}

func (m *Machine) endNode(n *node, e *Event) error {
	if n.status == StatusEnded {
		return errors.New("the step has ended already")
	}
	n.status, n.outcome, n.reason, n.err, n.outputs, n.settled = StatusEnded, e.Outcome, e.Reason, e.Error, e.Outputs, nil
	n.ended = e.T
	if !n.begun {
		n.started = e.T
	}
	p := n.phase
	p.open--
	if !n.def.Always {
		p.normal--
	}
	m.countBad(n)
	if !n.satisfies() {
		m.spoil(n, n.outcome != Cancelled)
	}
	for _, pos := range n.dependents {
		m.nodes[pos].open--
		m.look(place{pos, -1})
	}
	if p.normal == 0 {
		for _, pos := range p.always {
			m.look(place{pos, -1})
		}
	}
	return nil
}
