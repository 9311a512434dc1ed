package simulate

import (
	"fmt"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const second = time.Second

func node(id string, p engine.Phase, needs ...string) engine.Node {
	return engine.Node{ID: id, Name: id, Type: "command", Phase: p, Needs: needs, Timeout: 24 * time.Hour}
}

func drill(limit int, nodes ...engine.Node) engine.Header {
	return engine.Header{RunID: "run", Mode: engine.ModeDrill, Graph: engine.Graph{Nodes: nodes, MaxParallel: limit}}
}

func mustRun(t rapid.TB, h engine.Header, w World) *Result {
	t.Helper()
	r, err := Run(h, w, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drawGraph draws a graph without limits, and how long its nodes take.
func drawGraph(t *rapid.T) (engine.Header, Fixed) {
	var nodes []engine.Node
	takes := Fixed{}
	for i := range rapid.IntRange(1, 12).Draw(t, "nodes") {
		n := node(fmt.Sprint("n", i), rapid.SampledFrom(engine.Phases).Draw(t, "phase"))
		for _, earlier := range nodes {
			if earlier.Phase == n.Phase && rapid.IntRange(0, 2).Draw(t, "needs") == 0 {
				n.Needs = append(n.Needs, earlier.ID)
			}
		}
		n.Wait = rapid.SampledFrom([]engine.Wait{engine.WaitNone, engine.WaitNone, engine.WaitTimer, engine.WaitDuration, engine.WaitApproval}).Draw(t, "wait")
		n.ForEach = n.Wait == engine.WaitNone && rapid.Bool().Draw(t, "for_each")
		takes[n.ID] = engine.Span(rapid.IntRange(0, 100).Draw(t, "seconds")) * second
		nodes = append(nodes, n)
	}
	return drill(len(nodes), nodes...), takes
}

// With fixed times and nothing that limits it, a run is what engine.Expect says.
func TestFixedTimesAreExpected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, takes := drawGraph(t)
		r := mustRun(t, h, takes)
		want := engine.Expect(h.Graph, takes)
		if diff := cmp.Diff(map[string]engine.Interval(want), r.Spans); diff != "" {
			t.Errorf("-expected +simulated:\n%s", diff)
		}
		if r.Result != engine.ResultSucceeded || !r.Recovered || r.RTO() != want.Recovery(h.Graph) {
			t.Errorf("the recovery takes %s, expected %s", r.RTO(), want.Recovery(h.Graph))
		}
	})
}

// Where nothing limits how many run at one time, a step that takes longer never
// makes the recovery shorter.
func TestLongerStepsNeverHelpWithoutLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, takes := drawGraph(t)
		before := mustRun(t, h, takes).RTO()
		n := rapid.SampledFrom(h.Graph.Nodes).Draw(t, "slower")
		takes[n.ID] += engine.Span(rapid.IntRange(0, 50).Draw(t, "by")) * second
		if after := mustRun(t, h, takes).RTO(); after < before {
			t.Errorf("%s takes longer, and the recovery %s instead of %s", n.ID, after, before)
		}
	})
}

// With a limit it may: R. L. Graham, Bounds on multiprocessing timing anomalies,
// SIAM J. Appl. Math. 17 (1969). first takes a second longer; then alone is begun
// before after_first, and the last chain is done a second earlier.
func TestLongerStepsMayHelpWithLimits(t *testing.T) {
	p := engine.PhaseProcedure
	h := drill(2, node("first", p), node("after_first", p, "first"), node("second", p), node("after_second", p, "second"), node("alone", p))
	takes := Fixed{"first": 8 * second, "after_first": 2 * second, "second": 8 * second, "after_second": 3 * second, "alone": 2 * second}
	before := mustRun(t, h, takes).RTO()
	takes["first"] = 9 * second
	if after := mustRun(t, h, takes).RTO(); before != 13*second || after != 12*second {
		t.Errorf("the recovery took %s, with a longer step %s; want 13s and 12s", before, after)
	}
}

// told is a world that is written down.
type told struct {
	Fixed
	attempts map[string][]Attempt
	items    map[string][]string
	skipped  map[string]bool
	checks   engine.Span
	resolves engine.Span
	silent   bool
}

func (w told) Preflight(engine.Phase) engine.Span { return w.checks }

func (w told) Resolve(n *engine.Node) (engine.Resolved, engine.Span) {
	r := engine.Resolved{When: !w.skipped[n.ID], WaitFor: w.Fixed[n.ID]}
	for _, k := range w.items[n.ID] {
		r.Items = append(r.Items, engine.Item{Key: k})
	}
	return r, w.resolves
}

func (w told) Attempt(n *engine.Node, key string, attempt int) Attempt {
	if list := w.attempts[n.ID+key]; len(list) > 0 {
		return list[min(attempt, len(list))-1]
	}
	return w.Fixed.Attempt(n, key, attempt)
}

func (w told) Answer(n *engine.Node, key string) (engine.Span, bool) {
	takes, _ := w.Fixed.Answer(n, key)
	return takes, !w.silent
}

// What the core does about failures, deadlines and limits, a simulated run does.
func TestTheCoreDecides(t *testing.T) {
	p := engine.PhaseProcedure
	with := func(change func(*engine.Node)) engine.Node {
		n := node("a", p)
		change(&n)
		return n
	}
	for _, c := range []struct {
		name      string
		node      engine.Node
		world     told
		takes     engine.Span // between these, for the back-off's jitter
		atMost    engine.Span
		recovered bool
	}{
		{"a retry waits", with(func(n *engine.Node) { n.Retry = engine.Retry{Attempts: 3, Backoff: 4 * second} }),
			told{attempts: map[string][]Attempt{"a": {{Takes: second, Fails: true}, {Takes: 5 * second}}}}, 9 * second, 10 * second, true},
		{"an error that another attempt cannot mend", with(func(n *engine.Node) { n.Retry.Attempts = 3 }),
			told{attempts: map[string][]Attempt{"a": {{Takes: second, Fails: true, Final: true}}}}, second, second, false},
		{"a deadline", with(func(n *engine.Node) { n.Timeout = 7 * second }), told{Fixed: Fixed{"a": 9 * second}}, 7 * second, 7 * second, false},
		{"a deadline that is tolerated", with(func(n *engine.Node) { n.Timeout, n.ContinueOnError = 7*second, true }),
			told{Fixed: Fixed{"a": 9 * second}}, 7 * second, 7 * second, true},
		{"a limit of its own", with(func(n *engine.Node) { n.ForEach, n.MaxParallel = true, 2 }),
			told{Fixed: Fixed{"a": 3 * second}, items: map[string][]string{"a": {"x", "y", "z"}}}, 6 * second, 6 * second, true},
		{"instances that differ", with(func(n *engine.Node) { n.ForEach = true }),
			told{items: map[string][]string{"a": {"x", "y"}}, attempts: map[string][]Attempt{"ax": {{Takes: second}}, "ay": {{Takes: 2 * second}}}}, 2 * second, 2 * second, true},
		{"a timer", with(func(n *engine.Node) { n.Wait = engine.WaitTimer }), told{Fixed: Fixed{"a": 3 * second}}, 3 * second, 3 * second, true},
		{"a person", with(func(n *engine.Node) { n.Wait = engine.WaitApproval }), told{Fixed: Fixed{"a": 3 * second}}, 3 * second, 3 * second, true},
		{"a person who never answers", with(func(n *engine.Node) { n.Wait = engine.WaitApproval }), told{silent: true}, 24 * time.Hour, 24 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := mustRun(t, drill(0, c.node), c.world)
			if r.Recovered != c.recovered || (r.Result == engine.ResultSucceeded) != c.recovered || r.RTO() < c.takes || r.RTO() > c.atMost {
				t.Errorf("it took %s, recovered %t, %s (%s)", r.RTO(), r.Recovered, r.Result, r.Reason)
			}
		})
	}
}

// The clock of the RTO begins with the disaster and ends with the last verification;
// checks before a phase and expressions take their time in it.
func TestTheClockOfTheRTO(t *testing.T) {
	verify := node("verify", engine.PhaseChecks)
	verify.Verifies = true
	nodes := []engine.Node{node("setup", engine.PhaseSetup), node("loss", engine.PhaseDisaster), node("restore", engine.PhaseProcedure),
		verify, node("tell", engine.PhaseChecks), node("skipped", engine.PhaseChecks)}
	w := told{Fixed: Fixed{"setup": 100 * second, "loss": second, "restore": 10 * second, "verify": 5 * second, "tell": 50 * second},
		checks: 2 * second, resolves: second / 2, skipped: map[string]bool{"skipped": true}}
	r := mustRun(t, drill(0, nodes...), w)
	// 1 of loss; before restore and before verify 2 of checks and a half of expressions
	if want := 21 * second; r.RTO() != want || !r.Recovered {
		t.Errorf("the drill's RTO is %s, want %s", r.RTO(), want)
	}
	if _, began := r.Spans["skipped"]; began {
		t.Error("a step that was skipped has a time")
	}
	h := drill(0, node("restore", engine.PhaseProcedure))
	h.Mode = engine.ModeRecovery
	if r := mustRun(t, h, w); r.RTO() != 12*second+second/2 {
		t.Errorf("a recovery counts from its start: %s", r.RTO())
	}
}

// Events are handed out, and a graph that cannot be run is refused.
func TestEventsAndErrors(t *testing.T) {
	var events []engine.Event
	if _, err := Run(drill(0, node("a", engine.PhaseProcedure)), Fixed{"a": second}, func(e engine.Event) { events = append(events, e) }); err != nil {
		t.Fatal(err)
	}
	if n := len(events); n < 5 || events[n-1].Kind != engine.RunEnded {
		t.Errorf("the run has %d events", n)
	}
	if _, err := Run(drill(0, node("a", engine.PhaseProcedure, "nobody")), Fixed{}, nil); err == nil {
		t.Error("a need of nobody is no error")
	}
}
