package engine

import (
	"bytes"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// init asks for more cases than rapid's 100: what is wrong here hides in the
// meeting of several features. -rapid.checks overrides it.
func init() {
	if err := flag.Set("rapid.checks", "250"); err != nil {
		panic(err)
	}
}

// drawGraph draws a graph of up to ten nodes.
func drawGraph(t *rapid.T, calm bool) Graph {
	g := Graph{MaxParallel: rapid.IntRange(0, 4).Draw(t, "max_parallel")}
	phases := rapid.SampledFrom([]Phase{PhaseSetup, PhaseDisaster, PhaseProcedure, PhaseProcedure, PhaseProcedure, PhaseChecks, PhaseCleanup})
	for i := range rapid.IntRange(1, 10).Draw(t, "nodes") {
		n := Node{ID: fmt.Sprint("n", i), Phase: phases.Draw(t, "phase"), Timeout: time.Hour}
		for _, earlier := range g.Nodes {
			if phaseIndex(earlier.Phase) <= phaseIndex(n.Phase) && rapid.IntRange(0, 3).Draw(t, "needs") == 0 {
				n.Needs = append(n.Needs, earlier.ID)
			}
		}
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			n.Wait = rapid.SampledFrom([]Wait{WaitTimer, WaitApproval, WaitDuration}).Draw(t, "wait")
		case 1, 2, 3:
			n.ForEach, n.MaxParallel = true, rapid.IntRange(0, 2).Draw(t, "of its own")
		}
		n.Always = rapid.IntRange(0, 4).Draw(t, "always") == 0
		n.ContinueOnError = rapid.IntRange(0, 4).Draw(t, "continue") == 0
		n.Retry.Attempts = rapid.IntRange(0, 3).Draw(t, "attempts")
		if !calm {
			n.Timeout = rapid.SampledFrom([]Span{5 * time.Second, 15 * time.Second, time.Minute}).Draw(t, "timeout")
			n.Retry.AttemptTimeout = rapid.SampledFrom([]Span{0, 8 * time.Second}).Draw(t, "attempt timeout")
		}
		g.Nodes = append(g.Nodes, n)
	}
	return g
}

func drawRun(t *rapid.T, calm bool) *driver {
	w := world{seed: rapid.Uint64().Draw(t, "seed"), calm: calm, graph: drawGraph(t, calm)}
	d := newDriver(t, w, Options{SimulateWaits: rapid.Bool().Draw(t, "simulate"), KeepOnFailure: rapid.Bool().Draw(t, "keep")})
	if !calm && rapid.IntRange(0, 2).Draw(t, "cancelled") == 0 {
		d.later(time.Duration(rapid.IntRange(0, 60).Draw(t, "cancel at"))*time.Second, Cancel{By: "ann"})
	}
	return d
}

func (d *driver) check(t *rapid.T) {
	if err := audit(d.header, d.events); err != nil {
		t.Fatalf("%v\nof the journal\n%s", err, showEvents(d.events))
	}
}

func showEvents(events []Event) string {
	var b bytes.Buffer
	for _, e := range events {
		b.WriteString(showEvent(e) + "\n")
	}
	return b.String()
}

// TestRunsKeepTheirPromises: any run of any graph ends, and its journal holds up.
func TestRunsKeepTheirPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawRun(t, false)
		d.drive()
		d.check(t)
		if d.m.State().Status != StatusEnded {
			t.Errorf("a run without a crash is %s", d.m.State().Status)
		}
	})
}

// TestReplayEqualsLive: applying the events gives the state that decided on them.
func TestReplayEqualsLive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawRun(t, false)
		d.drive()
		m, err := Replay(d.header, d.events)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.m.State(), m.State()); diff != "" {
			t.Errorf("-live +replayed:\n%s", diff)
		}
		kept := m.counters()
		m.index()
		if diff := cmp.Diff(kept, m.counters()); diff != "" {
			t.Errorf("counters, -kept up +counted anew:\n%s", diff)
		}
	})
}

// TestDecidingAgainEqualsTheRecord: the same calls give the same bytes.
func TestDecidingAgainEqualsTheRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawRun(t, false)
		d.drive()
		again, err := New(d.header)
		if err != nil {
			t.Fatal(err)
		}
		var events []Event
		for _, c := range d.calls {
			switch {
			case c.ready:
				events = append(events, again.Ready().Events...)
			case c.in == nil:
				again.Tick(c.now)
			default:
				_ = again.Step(c.now, c.in) // the first machine's answer was checked
			}
		}
		if want, got := lines(t, d.events), lines(t, events); !bytes.Equal(want, got) || len(want) == 0 {
			t.Errorf("-record +decided again:\n%s", cmp.Diff(string(want), string(got)))
		}
	})
}

func lines(t *rapid.T, events []Event) []byte {
	var b bytes.Buffer
	for _, e := range events {
		line, err := EncodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.Bytes()
}

// TestCrashAnywhere: a run that crashed after any event goes on to an end, and
// its whole journal holds up. What is in doubt is settled by a person.
func TestCrashAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := drawRun(t, false)
		first.drive()
		for at := range len(first.events) { // the last closes the run
			d := first.crashed(at, 3*time.Second)
			d.drive()
			for range 10 {
				if d.m.State().Status != StatusStopped {
					break
				}
				d.settle(t)
			}
			d.check(t)
			if s := d.m.State().Status; s != StatusEnded {
				t.Fatalf("crashed after %d events, settled, and still %s:\n%s", at, s, showEvents(d.events))
			}
		}
	})
}

// settle takes up a run that stopped in doubt, with a verdict on every doubt.
func (d *driver) settle(t *rapid.T) {
	doubts := d.doubts()
	if len(doubts) == 0 {
		t.Fatalf("stopped, but nothing is in doubt:\n%s", showEvents(d.events))
	}
	next := d.crashed(len(d.events), time.Second)
	for _, in := range doubts {
		next.step(in)
	}
	next.drive()
	*d = *next
}

func (d *driver) doubts() (all []Input) {
	for n := range d.m.View().Nodes() {
		for in := range n.Instances() {
			if in.Status == StatusInDoubt {
				v := []Verdict{VerdictDone, VerdictFailed, VerdictRerun}[d.w.dice(3, "settled", n.ID, in.Key)]
				all = append(all, Settle{Node: n.ID, Key: in.Key, Verdict: v, By: "bob"})
			}
		}
	}
	return all
}

// TestCrashEqualsNeverHavingStopped: where time decides nothing, a run that
// crashed after any event ends like one that did not.
func TestCrashEqualsNeverHavingStopped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := drawRun(t, true)
		first.drive()
		want := outcomes(first.m)
		for at := range len(first.events) {
			d := first.crashed(at, 3*time.Second)
			d.drive()
			if diff := cmp.Diff(want, outcomes(d.m)); diff != "" {
				t.Fatalf("crashed after %d events (-never +crashed):\n%s\nnever\n%s\ncrashed\n%s", at, diff, showEvents(first.events), showEvents(d.events))
			}
		}
	})
}

// outcomes is what is left of a run when times and histories are taken away.
func outcomes(m *Machine) map[string]string {
	s := m.State()
	out := map[string]string{"": string(s.Result) + " " + s.Reason}
	for _, n := range s.Nodes {
		out[n.ID] = fmt.Sprint(n.Outcome, n.Error, string(n.Outputs))
		for _, in := range n.Instances {
			out[label(n.ID, in.Key)] = fmt.Sprint(in.Outcome, in.Error, string(in.Outputs), in.Attempt)
		}
	}
	return out
}

// TestReopenKeepsWhatSucceeded: a run that went badly and is reopened ends, and
// nothing that had ended well runs again.
func TestReopenKeepsWhatSucceeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawRun(t, false)
		d.drive()
		m, err := Replay(d.header, d.events)
		if err != nil {
			t.Fatal(err)
		}
		again := &driver{t: t, w: d.w, header: d.header, m: m, now: d.now, events: d.events, alive: map[string]bool{}}
		again.w.seed++
		kept := outcomes(m)
		if m.Step(again.stamp(), Reopen{By: "ann"}) != nil {
			return // it succeeded, or its cleanup has begun
		}
		again.drive()
		again.check(t)
		for id, was := range kept {
			n, ok := again.m.View().Node(id)
			if ok && d.m.nodes[n.n.pos].kept() && outcomes(again.m)[id] != was {
				t.Errorf("%s was %s and is %s", id, was, outcomes(again.m)[id])
			}
		}
	})
}
