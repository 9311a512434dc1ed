package engine

import "strings"

// decide makes every decision that the state and the time ask for, in an order
// that depends on nothing else: what has changed, in document order; then what
// may start, in document order; then the phases.
//
// Each decision is a function of the state, never of the input that led there.
// A run whose journal ends between two decisions goes on with the second.
func (m *Machine) decide() {
	for m.live {
		switch {
		case m.rescan:
			m.lookAtAll()
		case !m.changed.empty():
			m.decideAt(m.changed.pop())
		case m.startNext():
		case m.decidePhase():
		default:
			return
		}
	}
}

func (m *Machine) decideAt(at place) {
	n := &m.nodes[at.node]
	if at.item < 0 {
		n.queued = false
		m.decideNode(n)
		return
	}
	if at.item < len(n.instances) {
		in := &n.instances[at.item]
		in.queued = false
		if n.status == StatusRunning {
			m.decideInstance(n, in, at)
		}
	}
}

// startNext starts the first runnable instance that may start.
func (m *Machine) startNext() bool {
	for !m.held() && m.slots < m.maxParallel() && !m.runnable.empty() {
		at := m.runnable.pop()
		n := &m.nodes[at.node]
		if at.item >= len(n.instances) || !n.instances[at.item].runnable {
			m.unpark(n) // its turn passes on
			continue
		}
		if n.def.MaxParallel > 0 && n.slots >= n.def.MaxParallel {
			n.parked.push(at) // until one of its siblings returns
			continue
		}
		m.start(n, &n.instances[at.item])
		return true
	}
	return false
}

// unpark lets the next instance of a node that has a limit of its own try again.
func (m *Machine) unpark(n *node) {
	if !n.parked.empty() {
		m.runnable.push(n.parked.pop())
	}
}

func (m *Machine) start(n *node, in *instance) {
	attempt := in.attempt
	if !in.rerun {
		attempt++
	}
	limit := in.limit
	if !in.begun {
		limit = addTime(m.now.T, n.def.Timeout)
	}
	if per := n.def.Retry.AttemptTimeout; per > 0 {
		limit = min(limit, addTime(m.now.T, per))
	}
	m.emit(Event{Kind: AttemptStarted, Node: n.def.ID, Key: in.key, Attempt: attempt, Deadline: limit})
}

// stopInDoubt closes a run that can go on only after a person has settled what
// is in doubt. It comes last, from Ready: until then a driver may settle it.
func (m *Machine) stopInDoubt() {
	if m.live && m.doubts > 0 && m.slots == 0 {
		m.emit(Event{Kind: RunStopped, Reason: "in doubt: " + m.doubtful()})
	}
}

// doubtful lists what is in doubt.
func (m *Machine) doubtful() string {
	var list []string
	for i := range m.nodes {
		for j := range m.nodes[i].instances {
			if in := &m.nodes[i].instances[j]; in.status == StatusInDoubt {
				list = append(list, label(m.nodes[i].def.ID, in.key))
			}
		}
	}
	return strings.Join(list, ", ")
}
