package engine

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkMillionEvents runs 200,000 steps, eight in flight, each of five
// events, and reports what an event costs.
func BenchmarkMillionEvents(b *testing.B) {
	events := 0
	for b.Loop() {
		events += runWide(b, 200_000)
	}
	if events < 1_000_000 {
		b.Fatalf("only %d events", events)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

// runWide runs steps in chains of a hundred and returns the number of events.
func runWide(tb testing.TB, steps int) (events int) {
	g := Graph{Nodes: make([]Node, steps)}
	for i := range g.Nodes {
		g.Nodes[i] = Node{ID: fmt.Sprint("n", i), Phase: PhaseProcedure, Timeout: time.Hour}
		if i%100 > 0 {
			g.Nodes[i].Needs = []string{g.Nodes[i-1].ID}
		}
	}
	m, err := New(Header{RunID: "r", Graph: g})
	if err != nil {
		tb.Fatal(err)
	}
	now := Stamp{}
	step := func(in Input) {
		now.T += time.Microsecond
		if err := m.Step(now, in); err != nil {
			tb.Fatal(err)
		}
	}
	step(Start{})
	for {
		rd := m.Ready()
		events += len(rd.Events)
		if rd.Closed {
			return events
		}
		for _, p := range rd.Preflight {
			step(PreflightResult{Phase: p})
		}
		for _, id := range rd.Resolve {
			step(Resolved{Node: id, When: true})
		}
		for _, a := range rd.Start {
			step(Ended{Node: a.Node, Key: a.Key, Attempt: a.Attempt})
		}
		m.NextDeadline()
	}
}

// TestCostOfAnEventDoesNotGrow: twenty times the steps take some twenty times
// the time, where a walk over the graph for each event would take four hundred.
// The best of three counts, so that a busy machine does not.
func TestCostOfAnEventDoesNotGrow(t *testing.T) {
	cost := func(steps int) time.Duration {
		best := time.Hour
		for range 3 {
			begin := time.Now()
			runWide(t, steps)
			best = min(best, time.Since(begin))
		}
		return best
	}
	small, large := cost(1000), cost(20_000)
	if large > 100*small {
		t.Errorf("1,000 steps take %s, 20,000 take %s", small, large)
	}
}
