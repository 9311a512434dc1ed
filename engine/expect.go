package engine

// Expectation is when each node of a graph would be under way if every node took
// as long as it is expected to, on a clock that begins with the run.
type Expectation map[string]Interval

// Recovers reports whether the phase is on the clock of the RTO.
func (p Phase) Recovers() bool {
	return p == PhaseDisaster || p == PhaseProcedure || p == PhaseChecks
}

// Expect lays out a graph in time: each node begins once those are over that it
// needs, each phase once the one before is. A node without an entry takes no time;
// limits on how many run at one time, retries and for_each count nothing. A need
// that names no node, or one that goes round in a circle, is passed over.
func Expect(g Graph, takes map[string]Span) Expectation {
	e := make(Expectation, len(g.Nodes))
	index := make(map[string]int, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n.ID] = i
	}
	var begin, over Time // of the phase; of all before it
	for _, phase := range Phases {
		for _, i := range phaseOrder(g, phase, index) {
			n, start := g.Nodes[i], begin
			for _, need := range n.Needs {
				start = max(start, e[need].End)
			}
			e[n.ID] = Interval{start, start + takes[n.ID]}
			over = max(over, e[n.ID].End)
		}
		begin = over
	}
	return e
}

// Recovery is how long the phases take together that the RTO counts.
func (e Expectation) Recovery(g Graph) Span {
	var first, last Time
	began := false
	for _, n := range g.Nodes {
		if at, ok := e[n.ID]; ok && n.Phase.Recovers() {
			if !began || at.Start < first {
				first, began = at.Start, true
			}
			last = max(last, at.End)
		}
	}
	return last - first
}
