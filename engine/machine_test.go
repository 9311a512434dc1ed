package engine

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func node1(id string) Node { return Node{ID: id, Phase: PhaseProcedure, Timeout: time.Minute} }

func started(t *testing.T, nodes ...Node) *Machine {
	t.Helper()
	m, err := New(Header{RunID: "r", Graph: Graph{Nodes: nodes}})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []Input{Start{}, PreflightResult{Phase: PhaseProcedure}} {
		if err := m.Step(Stamp{}, in); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range m.Ready().Resolve {
		if err := m.Step(Stamp{}, Resolved{Node: id, When: true}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestStepErrorsAreTyped(t *testing.T) {
	m := started(t, node1("a"))
	for _, tc := range []struct {
		in   Input
		want error
	}{
		{Ended{Node: "a", Attempt: 7}, ErrStale},
		{Ended{Node: "z", Attempt: 1}, ErrUnknownNode},
		{Ended{Node: "a", Key: "k", Attempt: 1}, ErrUnknownNode},
		{Reconciled{Node: "a", Attempt: 1, Verdict: VerdictDone}, ErrStale},
		{Settle{Node: "a", Verdict: VerdictDone}, ErrStale},
		{Start{}, ErrClosed},
	} {
		before := m.State()
		if err := m.Step(Stamp{}, tc.in); !errors.Is(err, tc.want) {
			t.Errorf("%+v: %v, want %v", tc.in, err, tc.want)
		}
		if after := m.State(); after.Seq != before.Seq {
			t.Errorf("%+v was refused and made %d events", tc.in, after.Seq-before.Seq)
		}
	}
	if err := m.Step(Stamp{}, Interrupt{}); err != nil {
		t.Fatal(err)
	}
	if err := m.Step(Stamp{}, Ended{Node: "a", Attempt: 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestReadyHandsOutOnce(t *testing.T) {
	m := started(t, node1("a"), node1("b"))
	first, second := m.Ready(), m.Ready()
	if len(first.Start) != 2 || len(first.Events) == 0 {
		t.Errorf("the first has %+v", first)
	}
	if len(second.Start)+len(second.Events) != 0 || second.Closed {
		t.Errorf("the second has %+v", second)
	}
}

func TestNextDeadlineIsTheEarliest(t *testing.T) {
	a, b := node1("a"), node1("b")
	b.Timeout = 20 * time.Second
	m := started(t, a, b)
	if at, ok := m.NextDeadline(); at != 20*time.Second || !ok {
		t.Errorf("%s %t", at, ok)
	}
	if err := m.Step(Stamp{T: time.Second}, Ended{Node: "b", Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	if at, ok := m.NextDeadline(); at != time.Minute || !ok {
		t.Errorf("after b: %s %t", at, ok)
	}
	if err := m.Step(Stamp{T: time.Second}, Ended{Node: "a", Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	if at, ok := m.NextDeadline(); ok {
		t.Errorf("after the end: %s", at)
	}
}

func TestReplayRefuses(t *testing.T) {
	h := Header{RunID: "r", Graph: Graph{Nodes: []Node{node1("a")}}}
	for name, events := range map[string][]Event{
		"a gap":               {{Seq: 2, Kind: RunStarted}},
		"time that goes back": {{Seq: 1, T: 5, Kind: RunStarted}, {Seq: 2, T: 4, Kind: Noted}},
		"an unknown kind":     {{Seq: 1, Kind: "moon_rose"}},
		"an unknown node":     {{Seq: 1, Kind: StepResolving, Node: "z"}},
		"an unknown instance": {{Seq: 1, Kind: AttemptStarted, Node: "a"}},
		"an unknown phase":    {{Seq: 1, Kind: PhaseStarted, Phase: "lunch"}},
		"a step ended twice":  {{Seq: 1, Kind: StepEnded, Node: "a", Outcome: Failed}, {Seq: 2, Kind: StepEnded, Node: "a", Outcome: Failed}},
		"a plan without one":  {{Seq: 1, Kind: PlanChanged}},
	} {
		if _, err := Replay(h, events); err == nil || !strings.Contains(err.Error(), "event ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTextIsWhatTheJournalWillHave: bytes that JSON cannot hold would make the
// replayed state differ from the live one.
func TestTextIsWhatTheJournalWillHave(t *testing.T) {
	m := started(t, node1("a"))
	if err := m.Step(Stamp{}, Ended{Node: "a", Attempt: 1, Err: "bad \xff byte", Outputs: json.RawMessage("{ \"a\" : 1 }")}); err != nil {
		t.Fatal(err)
	}
	n, _ := m.View().Node("a")
	if n.Error != "bad \uFFFD byte" || string(n.Outputs) != `{"a":1}` {
		t.Errorf("%q %s", n.Error, n.Outputs)
	}
}

func TestView(t *testing.T) {
	a := node1("a")
	a.ForEach = true
	m := started(t, a, node1("b"))
	v := m.View()
	if got := v.Run(); got.Status != StatusRunning || got.InFlight != 1 {
		t.Errorf("run: %+v", got)
	}
	if got := v.Phase(PhaseProcedure); got.Nodes != 2 || got.Open != 1 || got.Status != StatusRunning {
		t.Errorf("phase: %+v", got)
	}
	if got := v.Phase("lunch"); got != (PhaseView{}) {
		t.Errorf("unknown phase: %+v", got)
	}
	n, ok := v.Node("b")
	if in, found := n.Instance(""); !ok || !found || in.Status != StatusRunning || in.Attempt != 1 || in.Deadline != time.Minute {
		t.Errorf("b: %+v %+v", n, in)
	}
	if _, ok := v.Node("z"); ok {
		t.Error("there is no z")
	}
	ids := []string{}
	for n := range v.Nodes() {
		ids = append(ids, n.ID)
	}
	if !slices.Equal(ids, []string{"a", "b"}) {
		t.Errorf("nodes: %v", ids)
	}
}

func TestBackoff(t *testing.T) {
	n := node1("a")
	n.Retry.Backoff = 10 * time.Second
	seen := map[Span]bool{}
	for attempt, nominal := range map[int]Span{1: 10 * time.Second, 2: 20 * time.Second, 3: 40 * time.Second, 4: time.Minute, 99: time.Minute} {
		for _, run := range []string{"r1", "r2", "r3", "r4"} {
			got := backoff(run, &n, "", attempt)
			if got > nominal || got < nominal*3/4 {
				t.Errorf("attempt %d of %s: %s, not between 75%% and 100%% of %s", attempt, run, got, nominal)
			}
			if again := backoff(run, &n, "", attempt); again != got {
				t.Errorf("attempt %d of %s: %s, then %s", attempt, run, got, again)
			}
			seen[got] = true
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d different pauses", len(seen))
	}
	n.Retry.Backoff = 0
	if got := backoff("r", &n, "", 1); got > DefaultBackoff || got == 0 {
		t.Errorf("by default: %s", got)
	}
}

func TestAddTimeDoesNotWrapAround(t *testing.T) {
	if got := addTime(math.MaxInt64-5, 10); got != math.MaxInt64 {
		t.Error(got)
	}
	n := node1("a")
	n.Timeout = math.MaxInt64
	m := started(t, n)
	if err := m.Step(Stamp{T: time.Hour}, Ended{Node: "a", Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	if r := m.View().Run().Result; r != ResultSucceeded {
		t.Errorf("a step without an end in sight: %s", r)
	}
}

func TestDigest(t *testing.T) {
	base := Node{ID: "a", Name: "A", Type: "command", Phase: PhaseSetup, Timeout: 1, Spec: json.RawMessage(`{"b":1,"a":[1.50]}`)}
	same := base
	same.Name, same.Timeout, same.Needs, same.MaxParallel = "B", 2, []string{"z"}, 4
	same.Spec = json.RawMessage("{ \"a\": [1.50], \"b\": 1 }")
	if base.Digest() != same.Digest() || len(base.Digest()) != 64 {
		t.Errorf("%s, %s", base.Digest(), same.Digest())
	}
	for name, change := range map[string]func(*Node){
		"id": func(n *Node) { n.ID = "b" }, "type": func(n *Node) { n.Type = "verify" }, "phase": func(n *Node) { n.Phase = PhaseChecks },
		"wait": func(n *Node) { n.Wait = WaitTimer }, "for_each": func(n *Node) { n.ForEach = true },
		"spec": func(n *Node) { n.Spec = json.RawMessage(`{"b":1,"a":[1.51]}`) }, "no spec": func(n *Node) { n.Spec = nil },
		"a spec that is no JSON": func(n *Node) { n.Spec = json.RawMessage(`{`) },
	} {
		other := base
		if change(&other); other.Digest() == base.Digest() {
			t.Errorf("a change of %s does not show", name)
		}
	}
}
