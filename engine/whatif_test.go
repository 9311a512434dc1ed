package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWhatIf(t *testing.T) {
	step := func(id string, p Phase, needs ...string) Node { return Node{ID: id, Phase: p, Needs: needs} }
	graph := Graph{Nodes: []Node{step("set", PhaseSetup), step("lose", PhaseDisaster), step("other", PhaseDisaster), step("a", PhaseProcedure),
		step("b", PhaseProcedure, "a"), step("c", PhaseProcedure, "a"), step("d", PhaseProcedure, "b", "c"), step("v", PhaseChecks), step("wipe", PhaseCleanup)}}
	spans := map[string]Interval{"set": seconds(0, 5), "lose": seconds(5, 9), "other": seconds(5, 7), "a": seconds(9, 11), "b": seconds(12, 22), "c": seconds(12, 16),
		"d": seconds(23, 25), "v": seconds(25, 26), "wipe": seconds(26, 60)}
	for name, tc := range map[string]struct {
		faster map[string]float64
		want   Time
	}{
		"nothing":                                {nil, 26 * time.Second},
		"half of the longest":                    {map[string]float64{"b": 2}, 21 * time.Second},
		"only until the next one is the longest": {map[string]float64{"b": 10}, 20 * time.Second},
		"one with slack wins nothing":            {map[string]float64{"c": 2}, 26 * time.Second},
		"through the barrier of a phase":         {map[string]float64{"lose": 2}, 24 * time.Second},
		"no more than the barrier gives":         {map[string]float64{"lose": 4}, 24 * time.Second},
		"slower":                                 {map[string]float64{"v": 0.5}, 27 * time.Second},
		"two at once":                            {map[string]float64{"lose": 2, "v": 2}, 23*time.Second + 500*time.Millisecond},
		"no factor at all":                       {map[string]float64{"b": 0, "d": -3, "nobody": 9}, 26 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			got := WhatIf(graph, spans, tc.faster)
			if got["v"].End != tc.want {
				t.Errorf("the recovery ends at %s, want %s: %v", got["v"].End, tc.want, got)
			}
			if _, counts := got["set"]; counts || len(got) != 7 {
				t.Errorf("setup and cleanup do not count: %v", got)
			}
		})
	}
}

// TestWhatIfProperties: a factor of 1 changes nothing; faster never makes anything
// later, nor wins more than the step's own time; what has slack wins nothing.
func TestWhatIfProperties(t *testing.T) {
	won := 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawRun(t, true)
		d.drive()
		spans := map[string]Interval{}
		for n := range d.m.View().Nodes() {
			if n.Begun {
				spans[n.ID] = Interval{n.Started, n.Ended}
			}
		}
		ones := map[string]float64{}
		counting := map[string]Interval{}
		path := CriticalPath(d.header.Graph, spans)
		for id := range path.Slack {
			ones[id], counting[id] = 1, spans[id]
		}
		if diff := cmp.Diff(counting, WhatIf(d.header.Graph, spans, ones)); diff != "" {
			t.Fatalf("a factor of 1 changes something (-measured +got):\n%s", diff)
		}
		last := func(of map[string]Interval) (at Time) {
			for _, s := range of {
				at = max(at, s.End)
			}
			return at
		}
		for id, slack := range path.Slack {
			got := WhatIf(d.header.Graph, spans, map[string]float64{id: 2})
			for other, span := range got {
				if span.End > spans[other].End || span.Start > spans[other].Start {
					t.Errorf("%s twice as fast makes %s later: %v instead of %v", id, other, span, spans[other])
				}
			}
			saved := last(counting) - last(got)
			if half := (spans[id].End - spans[id].Start + 1) / 2; saved > half {
				t.Errorf("%s twice as fast saves %s, more than half of its own time %s", id, saved, half)
			}
			if slack > 0 && saved > 0 {
				t.Errorf("%s has a slack of %s, and saves %s", id, slack, saved)
			}
			if saved > 0 {
				won++
			}
		}
	})
	if won < 10 {
		t.Errorf("only %d steps had anything to win", won)
	}
}
