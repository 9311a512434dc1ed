package engine

// WhatIf computes when the nodes that count for the recovery would have been
// under way if some had been so many times as fast: a factor of 2 halves a
// node's own time. Factors of 1, of 0 and below, and of nodes that did not run
// change nothing. Setup and cleanup are not in the answer.
//
// It goes along the measured schedule as CriticalPath does. What passed between
// the end of what a node needs and its start, such as waiting for a slot, stays
// as long as it was, and so nothing is won by a step that has slack. The answer
// is an estimate: a crash in the middle of a node is counted as its own time.
func WhatIf(g Graph, spans map[string]Interval, faster map[string]float64) map[string]Interval {
	c := newCritical(g, spans)
	was := func(i int) Time { return c.spans[i].End }
	ends := make(map[int]Time, len(c.ran))
	is := func(i int) Time { return ends[i] }
	out := make(map[string]Interval, len(c.ran))
	for k, order := range c.phases {
		for _, i := range order {
			span, shift := c.spans[i], Time(0)
			own := span.End - span.Start
			if len(c.before[i]) > 0 {
				ready := c.ready(k, i, was)
				own = max(0, span.End-max(span.Start, ready))
				shift = c.ready(k, i, is) - ready
			}
			id := g.Nodes[i].ID
			ends[i] = span.End + shift - own + scaled(own, faster[id])
			out[id] = Interval{min(span.Start+shift, ends[i]), ends[i]}
		}
	}
	return out
}

// ready is when everything had ended that a node of a phase waits for. A node
// that waits for the phase before waits for all of it.
func (c *critical) ready(phase, i int, end func(int) Time) Time {
	var at Time
	for _, b := range c.before[i] {
		at = max(at, end(b))
	}
	if phase > 0 {
		for _, b := range c.phases[phase-1] {
			at = max(at, end(b))
		}
	}
	return at
}

func scaled(own Span, faster float64) Span {
	if faster <= 0 || faster == 1 {
		return own
	}
	return Span(float64(own) / faster)
}
