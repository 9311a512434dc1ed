package engine

// load replaces the graph; every node is pending.
func (m *Machine) load(g Graph) {
	m.graph = g
	m.nodes = make([]node, len(g.Nodes))
	m.byID = make(map[string]int, len(g.Nodes))
	for i := range g.Nodes {
		def := &g.Nodes[i]
		m.nodes[i] = node{def: def, pos: i, status: StatusPending, phase: &m.phases[phaseIndex(def.Phase)]}
		m.byID[def.ID] = i
	}
}

// index computes everything derived from the graph and the state, and drops
// all queues. It walks over the whole graph: at the start, and when a run is
// taken up again.
func (m *Machine) index() {
	m.slots, m.reconciling, m.doubts = 0, 0, 0
	m.changed, m.runnable, m.alarms = places{}, places{}, alarms{}
	m.rescan = true
	for i := range m.phases {
		p := &m.phases[i]
		*p = phase{id: p.id, status: p.status, outcome: p.outcome, began: p.began}
	}
	for i := range m.nodes {
		m.indexNode(&m.nodes[i])
	}
	for i := range m.nodes {
		m.indexNeeds(&m.nodes[i])
	}
	for i := range m.nodes {
		if n := &m.nodes[i]; n.status == StatusEnded && !n.satisfies() {
			m.spoil(n, n.outcome != Cancelled)
		}
	}
}

func (m *Machine) indexNode(n *node) {
	n.dependents, n.open, n.bad, n.badReal = nil, 0, 0, 0
	n.spoiled, n.spoiledReal, n.queued, n.parked = false, false, false, places{}
	n.openItems, n.slots = 0, 0
	for i := range n.instances {
		in := &n.instances[i]
		in.runnable, in.queued = false, false
		if in.status != StatusEnded {
			n.openItems++
		}
		m.count(n, in.status, 1)
	}
	p := n.phase
	p.nodes = append(p.nodes, n.pos)
	if n.def.Always {
		p.always = append(p.always, n.pos)
	}
	if n.status != StatusEnded {
		p.open++
		if !n.def.Always {
			p.normal++
		}
	} else {
		m.countBad(n)
	}
}

// indexNeeds draws the edges within the node's phase.
func (m *Machine) indexNeeds(n *node) {
	for i, id := range n.def.Needs {
		need := &m.nodes[m.byID[id]]
		if need.phase != n.phase || contains(n.def.Needs[:i], id) {
			continue
		}
		need.dependents = append(need.dependents, n.pos)
		if need.status != StatusEnded {
			n.open++
		}
	}
}

func contains(ids []string, id string) bool {
	for _, other := range ids {
		if other == id {
			return true
		}
	}
	return false
}

// countBad counts a node that has ended in its phase.
func (m *Machine) countBad(n *node) {
	if n.good() {
		return
	}
	n.phase.bad++
	if n.outcome != Cancelled {
		n.phase.failed++
	}
}

// spoil tells the dependents of a node that it does not satisfy them. Through
// an always node the news travels at once: whatever it does, it will not
// satisfy either.
func (m *Machine) spoil(n *node, real bool) {
	first, firstReal := !n.spoiled, real && !n.spoiledReal
	if !first && !firstReal {
		return
	}
	n.spoiled, n.spoiledReal = true, n.spoiledReal || real
	for _, pos := range n.dependents {
		d := &m.nodes[pos]
		if first {
			d.bad++
		}
		if firstReal {
			d.badReal++
		}
		m.look(place{pos, -1})
		if d.def.Always {
			m.spoil(d, real)
		}
	}
}

// count adds an instance to the counters of its status, or takes it away.
func (m *Machine) count(n *node, s Status, by int) {
	switch {
	case s == StatusInDoubt:
		m.doubts += by
	case s.inFlight():
		m.slots += by
		n.slots += by
		if s == StatusReconciling {
			m.reconciling += by
		}
	}
}

// move puts an instance into a status, keeps the counters, and has it looked at.
func (m *Machine) move(n *node, in *instance, s Status) {
	held, slots := m.held(), n.slots
	m.count(n, in.status, -1)
	m.count(n, s, 1)
	in.status, in.runnable = s, false
	if !m.live {
		return
	}
	if held && !m.held() {
		m.rescan = true
	}
	if n.slots < slots {
		m.unpark(n)
	}
	i, _ := n.position(in.key)
	at := place{n.pos, i}
	m.look(at)
	m.arm(at)
}

// look has a node or an instance looked at by the next decision.
func (m *Machine) look(at place) {
	if !m.live {
		return
	}
	n := &m.nodes[at.node]
	queued := &n.queued
	if at.item >= 0 {
		queued = &n.instances[at.item].queued
	}
	if !*queued {
		*queued = true
		m.changed.push(at)
	}
}

// arm sets the alarm of an instance that waits for a time.
func (m *Machine) arm(at place) {
	n := &m.nodes[at.node]
	if due, ok := n.instances[at.item].due(n.def.Wait); ok && m.live {
		m.alarms.push(alarm{due, at})
	}
}

// lookAtAll has everything looked at that has not ended.
func (m *Machine) lookAtAll() {
	m.rescan = false
	for i := range m.nodes {
		n := &m.nodes[i]
		if n.status == StatusEnded {
			continue
		}
		m.look(place{i, -1})
		for j := range n.instances {
			if n.instances[j].status != StatusEnded {
				m.look(place{i, j})
				m.arm(place{i, j})
			}
		}
	}
}
