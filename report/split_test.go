package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/drplan/drplan/engine"
)

// TestSplit draws a timeline and says what each second counts as.
func TestSplit(t *testing.T) {
	s := func(from, to int, c class) stretch {
		return stretch{engine.Time(from) * time.Second, engine.Time(to) * time.Second, c}
	}
	for _, tc := range []struct {
		name       string
		stretches  []stretch
		start, end int
		want       Split
	}{
		{"nothing", nil, 0, 10, Split{People: 10}},
		{"the whole", []stretch{s(0, 10, machine)}, 0, 10, Split{Machine: 10}},
		{"before and after do not count", []stretch{s(-5, 2, machine), s(8, 20, verification), s(30, 40, down)}, 0, 10, Split{Machine: 2, Verification: 2, People: 6}},
		{"machine before verification", []stretch{s(0, 6, machine), s(4, 10, verification)}, 0, 10, Split{Machine: 6, Verification: 4}},
		{"down before machine", []stretch{s(0, 10, machine), s(3, 5, down)}, 0, 10, Split{Machine: 8, Down: 2}},
		{"hand work before all", []stretch{s(0, 10, machine), s(3, 5, down), s(3, 5, handWork)}, 0, 10, Split{Machine: 8, People: 2}},
		{"overlapping of one class", []stretch{s(0, 4, machine), s(2, 6, machine), s(2, 3, machine)}, 0, 10, Split{Machine: 6, People: 4}},
		{"before the run", []stretch{s(0, 4, machine)}, -6, 4, Split{Machine: 4, People: 6}},
		{"empty stretches", []stretch{s(2, 2, down), s(3, 2, down)}, 0, 4, Split{People: 4}},
	} {
		got := split(tc.stretches, engine.Time(tc.start)*time.Second, engine.Time(tc.end)*time.Second)
		want := Split{tc.want.Down * time.Second, tc.want.Machine * time.Second, tc.want.Verification * time.Second, tc.want.People * time.Second}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}

// TestSplitOfRuns: what real runs spend their time on.
func TestSplitOfRuns(t *testing.T) {
	two := func(t *testing.T) *player {
		return newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster), node("work", engine.PhaseProcedure), verifying(node("serves", engine.PhaseProcedure, "work")))
	}
	for _, tc := range []struct {
		name string
		run  func(t *testing.T) *player
		want Split
	}{
		{"a crash counts as down from the last record", func(t *testing.T) *player {
			p := two(t).start().at("1s").done("lose", "").at("5s").resume("15s")
			return p.in(engine.Reconciled{Node: "work", Attempt: 1, Verdict: engine.VerdictRunning}).at("20s").done("work", "").at("22s").done("serves", "")
		}, Split{Down: 14, Machine: 6, Verification: 2}},
		{"what a crash left half written does not shorten it", func(t *testing.T) *player {
			p := two(t).start().at("1s").done("lose", "").at("4s").in(engine.Note{Reason: "still there"}).crash()
			p.now = 15 * time.Second
			p.step(engine.Cut{Reason: "12 bytes"})
			p.in(engine.Resume{Gap: 11 * time.Second})
			return p.in(engine.Reconciled{Node: "work", Attempt: 1, Verdict: engine.VerdictDone}).at("17s").done("serves", "")
		}, Split{Down: 11, Machine: 4, Verification: 2}},
		{"back-off counts as machine", func(t *testing.T) *player {
			work := node("work", engine.PhaseProcedure)
			work.Retry = engine.Retry{Attempts: 2, Backoff: 10 * time.Second}
			p := newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster), work, verifying(node("serves", engine.PhaseProcedure, "work")))
			p.start().at("1s").done("lose", "").at("3s").fail("work", "no")
			at, _ := p.m.NextDeadline()
			p.at(at.String())
			return p.at("20s").done("work", "").at("21s").done("serves", "")
		}, Split{Machine: 20, Verification: 1}},
		{"a timer is machine, an approval is people", func(t *testing.T) *player {
			p := newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster), waiting(node("timer", engine.PhaseProcedure), engine.WaitTimer),
				waiting(node("approve", engine.PhaseProcedure, "timer"), engine.WaitApproval), verifying(node("serves", engine.PhaseProcedure, "approve")))
			p.waits = map[string]engine.Span{"timer": 5 * time.Second}
			return p.start().at("1s").done("lose", "").at("6s").at("16s").in(engine.Answered{Node: "approve", OK: true}).at("17s").done("serves", "")
		}, Split{Machine: 6, People: 10, Verification: 1}},
		{"a step done by hand after a failure is people's", func(t *testing.T) *player {
			p := two(t).start().at("1s").done("lose", "").at("3s").fail("work", "no").crash()
			p.now = 30 * time.Second
			return p.in(engine.Settle{Node: "work", Verdict: engine.VerdictDone}).in(engine.Reopen{}).at("31s").done("serves", "")
		}, Split{Machine: 3, People: 27, Verification: 1}},
		{"the time until a failed run goes on is down", func(t *testing.T) *player {
			p := two(t).start().at("1s").done("lose", "").at("3s").fail("work", "no").crash()
			p.now = 30 * time.Second
			return p.in(engine.Reopen{}).at("31s").done("work", "").at("33s").done("serves", "")
		}, Split{Machine: 4, Down: 27, Verification: 2}},
		{"a doubt that a person settles is people's", func(t *testing.T) *player {
			p := two(t).start().at("1s").done("lose", "").at("3s").resume("5s").in(engine.Reconciled{Node: "work", Attempt: 1, Verdict: engine.VerdictUnknown})
			p.crash() // the run was stopped; the word is in the inbox when it is taken up
			p.now = 25 * time.Second
			p.step(engine.Resume{Gap: 20 * time.Second})
			p.in(engine.Settle{Node: "work", Verdict: engine.VerdictDone})
			return p.at("26s").done("serves", "")
		}, Split{Machine: 1, Down: 4, People: 20, Verification: 1}},
		{"a verification beside a step is machine", func(t *testing.T) *player {
			p := newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster), node("work", engine.PhaseProcedure), verifying(node("serves", engine.PhaseProcedure)))
			return p.start().at("1s").done("lose", "").at("5s").done("work", "").at("7s").done("serves", "")
		}, Split{Machine: 5, Verification: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.run(t).summary().RTO
			if r.Split == nil {
				t.Fatalf("not measured: %s", text0(r.Reason))
			}
			want := Split{tc.want.Down * time.Second, tc.want.Machine * time.Second, tc.want.Verification * time.Second, tc.want.People * time.Second}
			if diff := cmp.Diff(want, *r.Split); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSettledAfterCrash: nobody was asked while drplan was dead, so the time is
// down although a person settled a step right after.
func TestSettledAfterCrash(t *testing.T) {
	line := trace(engine.Graph{Nodes: []engine.Node{{ID: "a"}}}, []engine.Event{
		{T: 0, Kind: engine.AttemptStarted, Node: "a"}, {T: 1, Kind: engine.InDoubt, Node: "a"},
		{T: 5, Kind: engine.Resumed}, {T: 5, Kind: engine.Settled, Node: "a", Verdict: engine.VerdictDone}, {T: 6, Kind: engine.StepEnded, Node: "a"}})
	if got, want := split(line.stretches, 0, 6), (Split{Machine: 1, Down: 4, People: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestSettledWithNewPlan: an edited plan between the end and the word of a
// person changes nothing about whose time it was.
func TestSettledWithNewPlan(t *testing.T) {
	graph := engine.Graph{Nodes: []engine.Node{{ID: "a"}}}
	line := trace(graph, []engine.Event{
		{T: 0, Kind: engine.AttemptStarted, Node: "a"}, {T: 1, Kind: engine.AttemptEnded, Node: "a"}, {T: 1, Kind: engine.RunEnded},
		{T: 5, Kind: engine.PlanChanged, Graph: &graph}, {T: 5, Kind: engine.Settled, Node: "a", Verdict: engine.VerdictDone}, {T: 6, Kind: engine.Reopened}})
	if got, want := split(line.stretches, 0, 6), (Split{Machine: 1, People: 5}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestSplitIsExact: whatever the events are, in whatever order, the parts of
// any interval add up to it, to the nanosecond, and none is negative; a naive
// walk over every instant at which something changes gives the same parts.
func TestSplitIsExact(t *testing.T) {
	graph := engine.Graph{Nodes: []engine.Node{
		{ID: "a"}, {ID: "v", Verifies: true}, {ID: "timer", Wait: engine.WaitTimer}, {ID: "ask", Wait: engine.WaitApproval}}}
	phrases := [][]engine.EventKind{{engine.RunEnded, engine.Settled, engine.Reopened}, {engine.RunStopped, engine.Resumed, engine.Settled}}
	for _, kind := range []engine.EventKind{
		engine.PhaseStarted, engine.PreflightDone, engine.StepResolving, engine.StepResolved, engine.AttemptStarted, engine.AttemptEnded, engine.RetryScheduled,
		engine.WaitStarted, engine.WaitEnded, engine.StepEnded, engine.Resumed, engine.InDoubt, engine.Settled, engine.Reopened, engine.JournalCut, engine.RunStopped, engine.RunEnded, engine.Noted,
	} {
		phrases = append(phrases, []engine.EventKind{kind})
	}
	seen := map[class]bool{}
	rapid.Check(t, func(t *rapid.T) {
		var events []engine.Event
		now := engine.Time(0)
		if rapid.Bool().Draw(t, "a verification first") { // alone at work, which chance seldom leaves it
			events = append(events, engine.Event{Kind: engine.AttemptStarted, Node: "v"})
			now += engine.Time(rapid.Int64Range(1, 1000).Draw(t, "verifying"))
		}
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			for _, kind := range rapid.SampledFrom(phrases).Draw(t, "kinds") {
				now += engine.Time(rapid.Int64Range(0, 1000).Draw(t, "ns"))
				events = append(events, engine.Event{
					T: now, Kind: kind, Node: graph.Nodes[rapid.IntRange(0, 3).Draw(t, "node")].ID,
					Key: rapid.SampledFrom([]string{"", "k"}).Draw(t, "key"), Phase: engine.PhaseProcedure, Verdict: engine.VerdictDone,
				})
			}
		}
		from := engine.Time(rapid.Int64Range(-500, int64(now)).Draw(t, "from"))
		to := engine.Time(rapid.Int64Range(int64(from), int64(now)+500).Draw(t, "to"))
		line := trace(graph, events)
		got := split(line.stretches, from, to)
		if got.Sum() != to-from {
			t.Fatalf("%+v adds up to %d ns, not %d", got, got.Sum(), to-from)
		}
		if min(got.Down, got.Machine, got.Verification, got.People) < 0 {
			t.Fatalf("negative: %+v", got)
		}
		if want := naiveSplit(line.stretches, from, to, seen); got != want {
			t.Fatalf("%+v, naively %+v", got, want)
		}
	})
	if len(seen) != int(classes) {
		t.Errorf("only the classes %v were seen", seen)
	}
}

func naiveSplit(stretches []stretch, from, to engine.Time, seen map[class]bool) Split {
	cuts := map[engine.Time]bool{from: true}
	for _, s := range stretches {
		for _, at := range []engine.Time{s.from, s.to} {
			if at > from && at < to {
				cuts[at] = true
			}
		}
	}
	spent := map[class]time.Duration{}
	for at := range cuts {
		next := to
		for other := range cuts {
			if other > at && other < next {
				next = other
			}
		}
		least := people
		for _, s := range stretches {
			if s.from <= at && at < s.to {
				least = min(least, s.class)
			}
		}
		seen[least] = true
		spent[least] += next - at
	}
	return Split{Down: spent[down], Machine: spent[machine], Verification: spent[verification], People: spent[people] + spent[handWork]}
}
