package engine

import "slices"

// Interval is when a node was under way, on the run's clock: from its first
// start to its end.
type Interval struct{ Start, End Time }

// Path is the chain of nodes that decided how long the recovery took.
type Path struct {
	Nodes []string        // first to last; each began when the one before it had ended
	Slack map[string]Span // node → how much later it could have ended without making the recovery longer; 0 on the path
}

// CriticalPath finds what decided the length of the recovery, from the first
// disaster step to the last step of procedure and checks; setup and cleanup do
// not count. Needs are edges, phases are barriers. Nodes without a span did not
// run; what they need is needed by their dependents instead.
//
// It is the critical path method (Kelley and Walker, 1959) on measured times. A
// node is charged with all that passed between the end of the last of its
// predecessors and its own end, so that waiting for a slot or for the disk is
// part of it, and nodes on the path have no slack. Of predecessors that ended
// together the first in document order counts.
func CriticalPath(g Graph, spans map[string]Interval) Path {
	c := newCritical(g, spans)
	path := Path{Slack: make(map[string]Span, len(c.ran))}
	last := c.latest(c.ran)
	if last < 0 {
		return path
	}
	for at := last; at >= 0; at = c.latest(c.before[at]) {
		path.Nodes = append(path.Nodes, g.Nodes[at].ID)
	}
	slices.Reverse(path.Nodes)
	for i, s := range c.slack(c.spans[last].End) {
		path.Slack[g.Nodes[i].ID] = s
	}
	return path
}

// critical is the graph of the nodes that ran and count.
type critical struct {
	spans  []Interval
	ran    []int   // positions
	phases [][]int // the same, phase by phase, predecessors first
	before [][]int // predecessors that ran; of the phase before only its last node
}

func newCritical(g Graph, spans map[string]Interval) *critical {
	c := &critical{spans: make([]Interval, len(g.Nodes)), before: make([][]int, len(g.Nodes))}
	index := make(map[string]int, len(g.Nodes))
	for i, n := range g.Nodes {
		index[n.ID] = i
	}
	var barrier []int // the nodes of the phase before
	for _, phase := range []Phase{PhaseDisaster, PhaseProcedure, PhaseChecks} {
		ran := c.addPhase(g, phase, index, spans, barrier)
		if len(ran) > 0 {
			barrier = ran
			c.phases = append(c.phases, ran)
			c.ran = append(c.ran, ran...)
		}
	}
	return c
}

// addPhase adds a phase's nodes, predecessors first, and returns those that ran.
func (c *critical) addPhase(g Graph, phase Phase, index map[string]int, spans map[string]Interval, barrier []int) (ran []int) {
	first := c.latest(barrier)
	for _, i := range phaseOrder(g, phase, index) {
		var before []int
		for _, id := range g.Nodes[i].Needs {
			need := index[id]
			if g.Nodes[need].Phase != phase {
				continue
			}
			if _, ok := spans[id]; ok {
				before = append(before, need)
			} else {
				before = append(before, c.before[need]...)
			}
		}
		if len(before) == 0 && first >= 0 {
			before = []int{first} // the barrier: only its last node decides
		}
		slices.Sort(before)
		c.before[i] = slices.Compact(before)
		if span, ok := spans[g.Nodes[i].ID]; ok {
			c.spans[i] = span
			ran = append(ran, i)
		}
	}
	return ran
}

// phaseOrder lists a phase's nodes such that each comes after what it needs.
func phaseOrder(g Graph, phase Phase, index map[string]int) []int {
	var order []int
	done := make([]bool, len(g.Nodes))
	var visit func(i int)
	visit = func(i int) {
		if done[i] || g.Nodes[i].Phase != phase {
			return
		}
		done[i] = true
		for _, id := range g.Nodes[i].Needs {
			visit(index[id])
		}
		order = append(order, i)
	}
	for i := range g.Nodes {
		visit(i)
	}
	return order
}

// latest returns the node that ended last, the first in document order of
// several; -1 of none.
func (c *critical) latest(nodes []int) int {
	best := -1
	for _, i := range nodes {
		if best < 0 || c.spans[i].End > c.spans[best].End || c.spans[i].End == c.spans[best].End && i < best {
			best = i
		}
	}
	return best
}

// slack computes, from the last phase back, how much later each node could have
// ended. A phase has until the next one waited for its last node, plus that
// node's slack.
func (c *critical) slack(end Time) map[int]Span {
	slack := make(map[int]Span, len(c.ran))
	for _, order := range slices.Backward(c.phases) {
		last := c.latest(order)
		if s, ok := slack[last]; ok {
			end = c.spans[last].End + s
		}
		for _, i := range order {
			slack[i] = end - c.spans[i].End
		}
		for _, i := range slices.Backward(order) {
			c.charge(i, slack)
		}
	}
	return slack
}

// charge passes a node's slack on to its predecessors.
func (c *critical) charge(i int, slack map[int]Span) {
	if len(c.before[i]) == 0 {
		return
	}
	ready := c.spans[c.latest(c.before[i])].End
	for _, b := range c.before[i] {
		free := ready + slack[i] - c.spans[b].End
		if s, ok := slack[b]; ok {
			free = min(free, s)
		}
		slack[b] = max(free, 0)
	}
}
