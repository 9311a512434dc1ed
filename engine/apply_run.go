package engine

import (
	"errors"
	"fmt"
)

func (m *Machine) applyRun(e *Event) error {
	r := &m.run
	switch e.Kind {
	case RunStarted:
		r.status = StatusRunning
	case CancelRequested:
		r.cancelled, r.cancelledBy = true, e.By
		m.rescan = true
	case RunStopped:
		r.status, r.reason, m.live = StatusStopped, e.Reason, false
	case RunEnded:
		r.status, r.result, r.reason, m.live = StatusEnded, e.Result, e.Reason, false
	case Resumed:
		r.status, r.reason = StatusRunning, ""
		m.applyResumed()
	case Reopened:
		r.status, r.reason = StatusRunning, ""
		r.onlyCleanup = e.Phase == PhaseCleanup
		r.cancelled = r.cancelled && r.onlyCleanup // it says how the run ended, and still does
		m.applyReopened()
	case PlanChanged:
		return m.applyPlanChanged(e)
	}
	return nil
}

// applyResumed asks of every attempt of the former process what became of it.
func (m *Machine) applyResumed() {
	for i := range m.nodes {
		for j := range m.nodes[i].instances {
			if in := &m.nodes[i].instances[j]; in.status.inFlight() {
				in.status = StatusReconciling
			}
		}
	}
	m.index()
}

// applyReopened makes pending again what did not end well.
func (m *Machine) applyReopened() {
	var reset []*node
	for i := range m.nodes {
		if n := &m.nodes[i]; !n.kept() && (!m.run.onlyCleanup || n.def.Phase == PhaseCleanup) {
			reset = append(reset, n)
		}
	}
	for _, n := range reset {
		n.reset()
		n.phase.status, n.phase.outcome = StatusPending, ""
	}
	m.index()
}

// reset makes a node pending with fresh attempts and deadlines. What a person
// settled is kept, and so are the instances that ended well.
func (n *node) reset() {
	fresh := node{def: n.def, pos: n.pos, phase: n.phase, status: StatusPending, settled: n.settled}
	if n.def.ForEach {
		fresh.items = map[string]int{}
		for _, in := range n.instances {
			if in.settled != nil {
				in = instance{key: in.key, value: in.value, status: StatusPending, settled: in.settled}
			}
			if in.settled != nil || in.status == StatusEnded && goodOutcome(n.def, in.outcome) {
				fresh.items[in.key] = len(fresh.instances)
				fresh.instances = append(fresh.instances, in)
			}
		}
	}
	*n = fresh
}

// applyPlanChanged puts the run onto another graph.
func (m *Machine) applyPlanChanged(e *Event) error {
	if e.Graph == nil {
		return errors.New("it has no graph")
	}
	if err := checkGraph(*e.Graph); err != nil {
		return fmt.Errorf("its graph cannot be run: %w", err)
	}
	if e.Plan != nil {
		m.plan = *e.Plan
	}
	old, byID := m.nodes, m.byID
	m.load(*e.Graph)
	for i := range m.nodes {
		n := &m.nodes[i]
		if pos, ok := byID[n.def.ID]; ok && old[pos].carries(n.def) {
			n.carry(&old[pos])
		}
	}
	m.index()
	return nil
}

// carries reports whether what is known of a node holds for its new definition:
// always, but for a node whose resolution nobody has acted on.
func (n *node) carries(def *Node) bool {
	if n.status == StatusResolving || n.status == StatusRunning && !n.begun {
		return n.def.Digest() == def.Digest()
	}
	return true
}

// carry takes over what is known of the node, and nothing of the old definition.
func (n *node) carry(old *node) {
	def, pos, phase := n.def, n.pos, n.phase
	*n = *old
	n.def, n.pos, n.phase = def, pos, phase
}
