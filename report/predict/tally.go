package predict

import (
	"cmp"
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/simulate"
)

// tally adds up what samples tell.
type tally struct {
	samples   int
	usual     engine.Span   // longer ones have no part in the sums
	rto       []engine.Span // of those that recovered
	base      float64       // the first RTO, in seconds: the rest is counted from there, so that nothing cancels
	n         float64       // so many are in the sums
	sum, sum2 float64       // of the RTO and of its square
	steps     map[string]*charge
}

// charge is what one step added to the RTO: all that passed between the end of the
// step before it on the critical path and its own end.
type charge struct {
	onPath   int
	takes    []engine.Span // from its start to its end, in each sample in which it began
	sum, mix float64       // of what it added, in seconds; of that times the RTO
}

// usualShare is the share of the samples among which the risk is shared out. The
// others are a tail that few runs only let suppose: a handful of them, drawn ten times
// as long as anything that was measured, would be nearly all of the variance.
const usualShare = 0.95

// mostPilots bounds how many samples are played first, to tell what is usual.
const mostPilots = 1000

// mostKeep is the RTO that most samples keep.
func (t *tally) mostKeep() engine.Span {
	slices.Sort(t.rto)
	if u := quantile(t.rto, len(t.rto), usualShare); u.Known {
		return u.Duration
	}
	return longest
}

func newTally(m *model, usual engine.Span) *tally {
	t := &tally{usual: usual, steps: make(map[string]*charge, len(m.steps))}
	for id := range m.steps {
		t.steps[id] = &charge{}
	}
	return t
}

func (t *tally) add(g engine.Graph, r *simulate.Result) {
	t.samples++
	if !r.Recovered {
		return
	}
	for id, at := range r.Spans {
		t.steps[id].takes = append(t.steps[id].takes, at.End-at.Start)
		if at.End > r.To { // after the last verification: it adds nothing
			delete(r.Spans, id)
		}
	}
	if len(t.rto) == 0 {
		t.base = r.RTO().Seconds()
	}
	t.rto = append(t.rto, r.RTO())
	t.charge(g, r)
}

// charge shares a sample's RTO out to the steps on its critical path.
func (t *tally) charge(g engine.Graph, r *simulate.Result) {
	rto, counts := r.RTO().Seconds()-t.base, 0.0
	if r.RTO() <= t.usual {
		counts = 1
	}
	t.n += counts
	t.sum += counts * rto
	t.sum2 += counts * rto * rto
	before := r.From
	for _, id := range engine.CriticalPath(g, r.Spans).Nodes {
		end := r.Spans[id].End
		if end < r.From {
			continue
		}
		added, c := (end - before).Seconds(), t.steps[id]
		before = end
		c.onPath++
		c.sum += counts * added
		c.mix += counts * added * rto
	}
}

// share is the step's part of the RTO's variance; nil where that is none.
func (c *charge) share(t *tally) *float64 {
	n := max(t.n, 1)
	variance := t.sum2 - t.sum*t.sum/n
	if variance/n < 1e-12 { // less than a microsecond, squared
		return nil
	}
	s := (c.mix - c.sum*t.sum/n) / variance
	return &s
}

// byRisk orders steps: what adds most to the variance first, then what is most often
// on the critical path.
func byRisk(a, b Step) int {
	if a.Variance != nil && b.Variance != nil {
		if c := cmp.Compare(*b.Variance, *a.Variance); c != 0 {
			return c
		}
	}
	return cmp.Compare(b.OnPath, a.OnPath)
}
