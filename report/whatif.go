package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/drplan/drplan/engine"
)

// WhatIf is what the recovery would have taken had one step been faster.
type WhatIf struct {
	Step   string  `json:"step"`
	Faster float64 `json:"faster"` // how many times as fast
	RTO    Seconds `json:"rto_seconds"`
	Saved  Seconds `json:"saved_seconds"`
}

const (
	twice   = 2 // as fast: what can be hoped for without another design
	mostWon = 5 // steps that are told
)

// whatIf tells the steps of the recovery that would have shortened it most had
// they been twice as fast. None where the recovery was not measured. The
// disaster is not among them: it is the drill's own.
func (f *facts) whatIf(r RTO, spans map[string]engine.Interval) []WhatIf {
	won := []WhatIf{}
	if !r.Actual.Known {
		return won
	}
	graph := *f.view.Graph()
	for _, id := range f.longest(spans) {
		most := time.Duration(0)
		if len(won) == mostWon {
			most = won[mostWon-1].Saved.Duration
		}
		if (spans[id].End-spans[id].Start)/twice <= most {
			break // a step cannot win more than half of itself
		}
		saved := r.ended - f.verified(engine.WhatIf(graph, spans, map[string]float64{id: f.faster(spans[id])}))
		saved = saved.Round(time.Microsecond) // a factor is no exact fraction
		if saved < time.Millisecond || saved <= most {
			continue
		}
		won = append(won, WhatIf{id, twice, seconds(r.Actual.Duration - saved), seconds(saved)})
		slices.SortStableFunc(won, func(a, b WhatIf) int { return cmp.Compare(b.Saved.Duration, a.Saved.Duration) })
		won = won[:min(len(won), mostWon)]
	}
	return won
}

// faster is how many times as fast a step would have been over all, had its work
// taken half the time: drplan would have been down for as long as it was.
func (f *facts) faster(span engine.Interval) float64 {
	work := span.End - span.Start
	for _, g := range f.line.gaps {
		work -= max(0, min(g.to, span.End)-max(g.from, span.Start))
	}
	whole := span.End - span.Start
	if rest := whole - work + work/twice; rest > 0 && work > 0 {
		return float64(whole) / float64(rest)
	}
	return 1
}

// longest lists the steps of procedure and checks that ran, the longest first.
func (f *facts) longest(spans map[string]engine.Interval) []string {
	var ids []string
	for n := range f.view.Nodes() {
		if _, ran := spans[n.ID]; ran && recovers(n.Phase) {
			ids = append(ids, n.ID)
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int {
		return cmp.Compare(spans[b].End-spans[b].Start, spans[a].End-spans[a].Start)
	})
	return ids
}

// verified is when the last verification of procedure and checks ends.
func (f *facts) verified(at map[string]engine.Interval) (last engine.Time) {
	for n := range f.view.Nodes() {
		if n.Verifies && recovers(n.Phase) && n.Outcome == engine.Succeeded {
			last = max(last, at[n.ID].End)
		}
	}
	return last
}
