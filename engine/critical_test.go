package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func seconds(start, end int) Interval {
	return Interval{Start: time.Duration(start) * time.Second, End: time.Duration(end) * time.Second}
}

func TestCriticalPath(t *testing.T) {
	step := func(id string, p Phase, needs ...string) Node { return Node{ID: id, Phase: p, Needs: needs} }
	const s = time.Second
	for name, tc := range map[string]struct {
		nodes []Node
		spans map[string]Interval
		want  Path
	}{
		"nothing ran": {
			nodes: []Node{step("a", PhaseProcedure)},
			want:  Path{Slack: map[string]Span{}},
		},
		"setup and cleanup do not count": {
			nodes: []Node{step("s", PhaseSetup), step("a", PhaseProcedure, "s"), step("c", PhaseCleanup)},
			spans: map[string]Interval{"s": seconds(0, 90), "a": seconds(90, 91), "c": seconds(91, 200)},
			want:  Path{Nodes: []string{"a"}, Slack: map[string]Span{"a": 0}},
		},
		"the longer branch": {
			nodes: []Node{step("a", PhaseProcedure), step("b", PhaseProcedure, "a"), step("c", PhaseProcedure, "a"), step("d", PhaseProcedure, "b", "c")},
			spans: map[string]Interval{"a": seconds(0, 1), "b": seconds(1, 4), "c": seconds(1, 9), "d": seconds(9, 10)},
			want:  Path{Nodes: []string{"a", "c", "d"}, Slack: map[string]Span{"a": 0, "b": 5 * s, "c": 0, "d": 0}},
		},
		"phases are barriers": {
			nodes: []Node{step("x", PhaseDisaster), step("y", PhaseDisaster), step("a", PhaseProcedure, "x"), step("v", PhaseChecks)},
			spans: map[string]Interval{"x": seconds(0, 2), "y": seconds(0, 5), "a": seconds(5, 8), "v": seconds(8, 9)},
			want:  Path{Nodes: []string{"y", "a", "v"}, Slack: map[string]Span{"x": 3 * s, "y": 0, "a": 0, "v": 0}},
		},
		"a step that did not run hands its needs on": {
			nodes: []Node{step("a", PhaseProcedure), step("z", PhaseProcedure), step("skipped", PhaseProcedure, "a"), step("b", PhaseProcedure, "skipped")},
			spans: map[string]Interval{"a": seconds(0, 3), "z": seconds(0, 4), "b": seconds(3, 6)},
			want:  Path{Nodes: []string{"a", "b"}, Slack: map[string]Span{"a": 0, "z": 2 * s, "b": 0}},
		},
		"what passes before a step starts is its own": {
			nodes: []Node{step("a", PhaseProcedure), step("b", PhaseProcedure, "a")},
			spans: map[string]Interval{"a": seconds(0, 3), "b": seconds(7, 8)},
			want:  Path{Nodes: []string{"a", "b"}, Slack: map[string]Span{"a": 0, "b": 0}},
		},
		"the last need decides, however late the step started": {
			nodes: []Node{step("a", PhaseProcedure), step("b", PhaseProcedure), step("c", PhaseProcedure, "a", "b")},
			spans: map[string]Interval{"a": seconds(0, 3), "b": seconds(0, 3), "c": seconds(5, 6)},
			want:  Path{Nodes: []string{"a", "c"}, Slack: map[string]Span{"a": 0, "b": 0, "c": 0}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, CriticalPath(Graph{Nodes: tc.nodes}, tc.spans)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// counted lists the graph's nodes that ran and count, with what each waited
// for, by asking every pair of nodes.
func counted(g Graph, spans map[string]Interval) map[string][]string {
	def := map[string]Node{}
	for _, n := range g.Nodes {
		def[n.ID] = n
	}
	var needs func(id string) []string // in the phase, through what did not run
	needs = func(id string) (all []string) {
		for _, need := range def[id].Needs {
			if def[need].Phase != def[id].Phase {
				continue
			}
			if _, ran := spans[need]; ran {
				all = append(all, need)
			} else {
				all = append(all, needs(need)...)
			}
		}
		return all
	}
	before := map[string][]string{}
	for _, n := range g.Nodes {
		if _, ran := spans[n.ID]; !ran || n.Phase == PhaseSetup || n.Phase == PhaseCleanup {
			continue
		}
		before[n.ID] = needs(n.ID)
		for p := phaseIndex(n.Phase) - 1; p > 0 && len(before[n.ID]) == 0; p-- {
			for _, other := range g.Nodes {
				if _, ran := spans[other.ID]; ran && other.Phase == Phases[p] {
					before[n.ID] = append(before[n.ID], other.ID)
				}
			}
		}
	}
	return before
}

// replayEnds computes when each node ends if one of them takes longer.
func replayEnds(before map[string][]string, spans map[string]Interval, late string, by Span) Time {
	ends := map[string]Time{}
	var end func(id string) Time
	end = func(id string) Time {
		if t, ok := ends[id]; ok {
			return t
		}
		var was, is Time
		for _, b := range before[id] {
			was, is = max(was, spans[b].End), max(is, end(b))
		}
		t := spans[id].End + is - was
		if id == late {
			t += by
		}
		ends[id] = t
		return t
	}
	var last Time
	for id := range before {
		last = max(last, end(id))
	}
	return last
}

// TestCriticalPathEqualsNaive runs random graphs and holds path and slack
// against their definitions: a delay of the slack delays nothing, one more
// nanosecond does; each node of the path is the last that its successor needed.
func TestCriticalPathEqualsNaive(t *testing.T) {
	some := 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawRun(t, true)
		d.drive()
		spans := map[string]Interval{}
		for n := range d.m.View().Nodes() {
			if n.Begun {
				spans[n.ID] = Interval{n.Started, n.Ended}
			}
		}
		path := CriticalPath(d.header.Graph, spans)
		before := counted(d.header.Graph, spans)
		if len(before) != len(path.Slack) {
			t.Fatalf("%d nodes count, slack has %d", len(before), len(path.Slack))
		}
		end := replayEnds(before, spans, "", 0)
		for id, slack := range path.Slack {
			some++
			if got := replayEnds(before, spans, id, slack); got > end {
				t.Errorf("%s has a slack of %s, but with it the end is %s instead of %s", id, slack, got, end)
			}
			if got := replayEnds(before, spans, id, slack+1); got <= end {
				t.Errorf("%s has a slack of %s, but more of a delay delays nothing", id, slack)
			}
		}
		if err := checkPath(path, before, spans, end); err != nil {
			t.Error(err)
		}
	})
	if some < 10 {
		t.Errorf("only %d nodes were looked at", some)
	}
}

func checkPath(path Path, before map[string][]string, spans map[string]Interval, end Time) error {
	if len(before) == 0 {
		return nil
	}
	if len(path.Nodes) == 0 || spans[path.Nodes[len(path.Nodes)-1]].End != end {
		return fmt.Errorf("the path %v does not end with the last node", path.Nodes)
	}
	for i, id := range path.Nodes {
		if path.Slack[id] != 0 {
			return fmt.Errorf("%s is on the path and has a slack of %s", id, path.Slack[id])
		}
		var previous []string
		if i > 0 {
			previous = path.Nodes[i-1 : i]
		}
		latest := Time(-1)
		for _, b := range before[id] {
			latest = max(latest, spans[b].End)
		}
		switch {
		case len(before[id]) == 0 && len(previous) == 0:
		case len(previous) == 0 || !slices.Contains(before[id], previous[0]) || spans[previous[0]].End != latest:
			return fmt.Errorf("on the path %v, %s did not wait for the one before it", path.Nodes, id)
		}
	}
	return nil
}
