package history

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/simulate"
	"github.com/drplan/drplan/report"
)

const second = time.Second

func node(id string, needs ...string) engine.Node {
	return engine.Node{ID: id, Name: id, Type: "command", Phase: engine.PhaseProcedure, Needs: needs, Timeout: time.Hour, Spec: []byte(`{"input":["` + id + `"]}`)}
}

func drill(id string, nodes ...engine.Node) engine.Header {
	return engine.Header{RunID: id, Scenario: "s", Procedure: "p", Mode: engine.ModeDrill, Graph: engine.Graph{Nodes: nodes}}
}

// at is an event of node a at a second of the run's clock.
func at(t int, kind engine.EventKind, change func(*engine.Event)) engine.Event {
	e := engine.Event{T: engine.Time(t) * second, Kind: kind, Node: "a"}
	if change != nil {
		change(&e)
	}
	return e
}

func attempt(n int) func(*engine.Event) { return func(e *engine.Event) { e.Attempt = n } }

func ended(n int, o engine.Outcome) func(*engine.Event) {
	return func(e *engine.Event) { e.Attempt, e.Outcome = n, o }
}

func outcome(o engine.Outcome) func(*engine.Event) { return func(e *engine.Event) { e.Outcome = o } }

func none(e *engine.Event) { e.Node = "" }

// What was measured is kept, and nothing else.
func TestFold(t *testing.T) {
	tolerated, approval := node("a"), node("a")
	tolerated.ContinueOnError = true
	approval.Wait = engine.WaitApproval
	for _, c := range []struct {
		name   string
		node   engine.Node
		events []engine.Event
		want   *Instance
	}{
		{"a success", node("a"), []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(4, engine.AttemptEnded, ended(1, engine.Succeeded)), at(4, engine.StepEnded, outcome(engine.Succeeded)),
		}, &Instance{Attempts: []engine.Span{3 * second}}},
		{"a retry, without its back-off", node("a"), []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(2, engine.AttemptEnded, ended(1, engine.Failed)), at(2, engine.RetryScheduled, attempt(2)),
			at(9, engine.AttemptStarted, attempt(2)), at(14, engine.AttemptEnded, ended(2, engine.Succeeded)), at(14, engine.StepEnded, outcome(engine.Succeeded)),
		}, &Instance{Attempts: []engine.Span{second, 5 * second}}},
		{"a failure", node("a"), []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(4, engine.AttemptEnded, ended(1, engine.Failed)), at(4, engine.StepEnded, outcome(engine.Failed)),
		}, nil},
		{"a failure that is tolerated", tolerated, []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(4, engine.AttemptEnded, ended(1, engine.Failed)), at(4, engine.StepEnded, outcome(engine.Failed)),
		}, &Instance{Attempts: []engine.Span{3 * second}, Failed: true}},
		{"a crash in it, and a look that finds it done", node("a"), []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(60, engine.Resumed, none), at(60, engine.AttemptReconciled, attempt(1)),
			at(60, engine.AttemptEnded, ended(1, engine.Succeeded)), at(60, engine.StepEnded, outcome(engine.Succeeded)),
		}, nil},
		{"a crash in it, after which it ran again", node("a"), []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(60, engine.Resumed, none),
			at(61, engine.AttemptStarted, attempt(1)), at(65, engine.AttemptEnded, ended(1, engine.Succeeded)), at(65, engine.StepEnded, outcome(engine.Succeeded)),
		}, &Instance{Attempts: []engine.Span{4 * second}}},
		{"a crash in the first of two attempts", node("a"), []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(60, engine.Resumed, none), at(60, engine.AttemptEnded, ended(1, engine.Failed)),
			at(61, engine.AttemptStarted, attempt(2)), at(65, engine.AttemptEnded, ended(2, engine.Succeeded)), at(65, engine.StepEnded, outcome(engine.Succeeded)),
		}, nil},
		{"a person's word", node("a"), []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(4, engine.AttemptEnded, ended(1, engine.Succeeded)),
			at(4, engine.StepEnded, func(e *engine.Event) { e.Outcome, e.By = engine.Succeeded, "ann" }),
		}, nil},
		{"a failed run that was reopened", node("a"), []engine.Event{
			at(1, engine.AttemptStarted, attempt(1)), at(4, engine.AttemptEnded, ended(1, engine.Failed)), at(4, engine.StepEnded, outcome(engine.Failed)), at(90, engine.Reopened, none),
			at(91, engine.AttemptStarted, attempt(1)), at(93, engine.AttemptEnded, ended(1, engine.Succeeded)), at(93, engine.StepEnded, outcome(engine.Succeeded)),
		}, &Instance{Attempts: []engine.Span{2 * second}}},
		{"an answer", approval, []engine.Event{
			at(1, engine.WaitStarted, nil), at(31, engine.WaitEnded, func(e *engine.Event) { e.Outcome, e.By = engine.Succeeded, "ann" }), at(31, engine.StepEnded, outcome(engine.Succeeded)),
		}, &Instance{Answered: ptr(30 * second)}},
		{"a simulated answer", approval, []engine.Event{
			at(1, engine.WaitStarted, nil), at(1, engine.WaitEnded, func(e *engine.Event) { e.Outcome, e.Simulated = engine.Succeeded, true }), at(1, engine.StepEnded, outcome(engine.Succeeded)),
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := Fold(engine.Graph{Nodes: []engine.Node{c.node}}, c.events)
			got, ok := run.Steps["a"].Instances[""]
			if ok != (c.want != nil) {
				t.Fatalf("kept: %t, %+v", ok, got)
			}
			if c.want != nil {
				if diff := cmp.Diff(*c.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}

func ptr(d engine.Span) *engine.Span { return &d }

// simulated is the journal of a run in which each step took so long.
func simulated(t *testing.T, h engine.Header, takes simulate.Fixed) *report.Run {
	t.Helper()
	run := &report.Run{Header: h}
	if _, err := simulate.Run(h, takes, func(e engine.Event) { run.Events = append(run.Events, e) }); err != nil {
		t.Fatal(err)
	}
	return run
}

// Steps count as long as they do the same; what they wait for and are called, and how
// long they may take, is another matter.
func TestWhatChangedDoesNotCount(t *testing.T) {
	was := []engine.Node{node("same"), node("moved"), node("other", "same"), node("typed"), node("gone")}
	now := []engine.Node{node("same"), node("moved", "same"), node("other", "same"), node("typed"), node("fresh")}
	now[1].Name, now[1].Timeout = "renamed", time.Minute
	now[2].Spec = []byte(`{"input":["else"]}`)
	now[3].Type = "verify"
	takes := simulate.Fixed{"same": second, "moved": 2 * second, "other": 3 * second, "typed": 4 * second, "gone": 5 * second}
	past := &History{Changed: map[string][]string{}}
	past.Add(engine.Graph{Nodes: now}, simulated(t, drill("r1", was...), takes))
	got := map[string]engine.Span{}
	for id, s := range past.Runs[0].Steps {
		got[id], _ = s.Instances[""].Last()
	}
	if diff := cmp.Diff(map[string]engine.Span{"same": second, "moved": 2 * second}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := map[string][]string{"other": {"does something else"}, "typed": {"has the type verify, no longer command"}}
	if diff := cmp.Diff(want, past.Changed); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	past.Add(engine.Graph{Nodes: []engine.Node{node("nothing")}}, simulated(t, drill("r2", was...), takes))
	if len(past.Runs) != 1 || len(past.Passed) != 1 || past.Passed[0].Run != "r2" {
		t.Errorf("a run with nothing to tell: %+v", past.Passed)
	}
}

// A drill counts for itself; for a recovery every run of its procedure does.
func TestWhichRunsCount(t *testing.T) {
	h := drill("now")
	other, elsewhere, real := h, h, h
	other.Scenario, elsewhere.Procedure, real.Mode, real.Scenario = "t", "q", engine.ModeRecovery, "p"
	if !same(h, h) || same(h, other) || same(h, elsewhere) || same(h, real) {
		t.Error("a drill counts runs that are none of it, or not its own")
	}
	if !same(real, h) || !same(real, other) || same(real, elsewhere) {
		t.Error("a recovery does not count the drills of its procedure, or counts others")
	}
}
