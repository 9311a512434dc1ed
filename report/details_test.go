package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
)

func TestFacts(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for outputs, want := range map[string][]Fact{
		`{}`:                                nil,
		`not json`:                          nil,
		`{"b":1,"a":"x\u001b[31my","c":""}`: {{"a", "xy"}, {"b", "1"}},
		`{"big":12345678901234567890,"yes":true,"no":null}`:     {{"big", "12345678901234567890"}, {"yes", "true"}},
		`{"eu":{"path":"/a","none":[]},"list":["p",{"q":"r"}]}`: {{"eu.path", "/a"}, {"list.1", "p"}, {"list.2.q", "r"}},
		`{"long":"` + long + `"}`:                               {{"long", strings.Repeat("x", maxFactText-1) + "…"}},
	} {
		if diff := cmp.Diff(want, Step{Outputs: json.RawMessage(outputs)}.Facts()); diff != "" {
			t.Errorf("%.40s (-want +got):\n%s", outputs, diff)
		}
	}
	many := map[string]int{}
	for i := range 100 {
		many[fmt.Sprint("n", i)] = i
	}
	raw, _ := json.Marshal(many)
	if n := len(Step{Outputs: raw}.Facts()); n != maxFacts {
		t.Errorf("%d facts of 100, want %d", n, maxFacts)
	}
}

// What a faster step would have won: of the steps with most to win, never of the
// disaster, and of none where nothing was measured.
func TestWhatIf(t *testing.T) {
	s := drillRun(t).summary()
	if len(s.WhatIf) == 0 || s.WhatIf[0].Step != "restore" || s.WhatIf[0].Saved.Duration != 35*time.Second {
		t.Errorf("the restore of 1m10s has most to win: %+v", s.WhatIf)
	}
	for i, w := range s.WhatIf {
		if w.RTO.Duration+w.Saved.Duration != s.RTO.Actual.Duration {
			t.Errorf("%s: %s and %s are not %s", w.Step, w.RTO.Duration, w.Saved.Duration, s.RTO.Actual.Duration)
		}
		if i > 0 && w.Saved.Duration > s.WhatIf[i-1].Saved.Duration {
			t.Errorf("%s wins more than the one before it", w.Step)
		}
		if w.Step == "kill" || w.Step == "tell" {
			t.Errorf("%s is the disaster's, or has slack", w.Step)
		}
	}
	if s := failedRun(t).summary(); len(s.WhatIf) != 0 {
		t.Errorf("a recovery that failed has nothing to win: %+v", s.WhatIf)
	}
}

// The most to win are told, whatever order the steps are in.
func TestWhatIfTellsTheMost(t *testing.T) {
	nodes := []engine.Node{node("lose", engine.PhaseDisaster)}
	last := "lose"
	for i := range 12 {
		n := node(fmt.Sprint("s", i), engine.PhaseProcedure, last)
		nodes, last = append(nodes, n), n.ID
	}
	p := newPlayer(t, engine.Header{Scenario: "long", Objective: production}, append(nodes, verifying(node("serves", engine.PhaseProcedure, last)))...)
	p.start().at("1s").done("lose", "")
	took := []int{3, 9, 1, 40, 7, 2, 30, 5, 11, 4, 8, 6}
	at := 1
	for i, seconds := range took {
		at += seconds
		p.at(fmt.Sprintf("%ds", at)).done(fmt.Sprint("s", i), "")
	}
	p.at(fmt.Sprintf("%ds", at+1)).done("serves", "")
	var got []string
	for _, w := range p.summary().WhatIf {
		got = append(got, fmt.Sprintf("%s %s", w.Step, w.Saved.Duration))
	}
	if diff := cmp.Diff([]string{"s3 20s", "s6 15s", "s8 5.5s", "s1 4.5s", "s10 4s"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestChangesSince(t *testing.T) {
	before, now := refusedRun(t).run(), resumedRun(t).run()
	if c := ChangesSince(now, now); c.Any() {
		t.Errorf("a run is another than itself: %+v", c)
	}
	now.Header.Objective = engine.Objective{RTO: time.Minute, Strictest: true}
	c := ChangesSince(before, now)
	var told []string
	for _, d := range c.Differences {
		told = append(told, d.String())
	}
	want := []string{"restore has the retry of 3 attempts, back-off 10s, no longer none", "nothing_left is new: nothing_left [verify]"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if c.RTO == nil || c.RTO.Duration != time.Hour || c.RPO == nil || c.RPO.Duration != 15*time.Minute || c.Objective == nil || c.Objective.Row != "production" {
		t.Errorf("the targets that were are %v, %v of %v", c.RTO, c.RPO, c.Objective)
	}
	edited := engine.Graph{Nodes: before.Header.Graph.Nodes[:1]}
	before.Events = append(before.Events, engine.Event{Kind: engine.PlanChanged, Graph: &edited, Plan: &engine.PlanRef{SHA256: "other"}})
	if c := ChangesSince(before, now); c.Plan.SHA256 != "other" || len(c.Differences) != 3 {
		t.Errorf("the plan that was accepted in between does not count: %+v", c)
	}
}

// Every span lies within its step, and they follow one another.
func TestSpans(t *testing.T) {
	kinds := map[SpanKind]int{}
	for name, run := range goldenRuns {
		for _, st := range run(t).summary().Steps {
			for _, in := range append([]Step{st}, st.Instances...) {
				at := time.Duration(0)
				for _, span := range in.Spans {
					kinds[span.Kind]++
					if span.From < at || span.To < span.From || in.begun && (span.From < in.start || span.To > in.end) {
						t.Errorf("%s: %s has a span from %s to %s, and is from %s to %s", name, in.Label(), span.From, span.To, in.start, in.end)
					}
					at = span.To
				}
			}
		}
	}
	if kinds[SpanAttempt] < 20 || kinds[SpanBackoff] < 2 || kinds[SpanWait] < 2 {
		t.Errorf("only %v were looked at", kinds)
	}
}
