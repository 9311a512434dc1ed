package predict

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/simulate"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/history"
)

const second = time.Second

func node(id string, needs ...string) engine.Node {
	return engine.Node{ID: id, Name: id, Type: "command", Phase: engine.PhaseProcedure, Needs: needs, Timeout: time.Hour}
}

func recovery(nodes ...engine.Node) engine.Header {
	return engine.Header{RunID: "r", Scenario: "s", Procedure: "s", Mode: engine.ModeRecovery, Graph: engine.Graph{Nodes: nodes}}
}

// attempts is a run in which steps took so long; several spans of one step are its
// attempts.
func attempts(of map[string][]engine.Span) history.Run {
	run := history.Run{Steps: map[string]history.Step{}}
	for id, list := range of {
		run.Steps[id] = history.Step{Instances: map[string]history.Instance{"": {Attempts: list}}}
	}
	return run
}

func mustPredict(t testing.TB, s Subject) *Prediction {
	t.Helper()
	p, err := Predict(s, Options{Samples: 500, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func stepOf(t testing.TB, p *Prediction, id string) Step {
	t.Helper()
	for _, s := range p.Steps {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("the prediction has no step %s", id)
	return Step{}
}

// Without history the plan counts, then the kind; what nobody knows counts as nothing
// and makes of the figures bounds. Without anything there is no figure.
func TestWithoutHistory(t *testing.T) {
	h := recovery(node("a"), node("b", "a"), node("c", "b"))
	h.Objective.RTO = 10 * second
	s := Subject{Header: h, Known: map[string]Known{"a": {Takes: 4 * second, Source: SourcePlanned}, "b": {Takes: 2 * second, Source: SourceEstimated}}}
	p := mustPredict(t, s)
	if p.RTO.P50.Duration != 6*second || p.RTO.P90.Known || p.RTO.P99.Known || !p.RTO.Bound || p.RTO.Spread || p.RTO.Chance != nil {
		t.Errorf("%+v", p.RTO)
	}
	if got := stepOf(t, p, "c"); got.Source != SourceNone || got.P50.Known {
		t.Errorf("c: %+v", got)
	}
	if want := "a lower bound: of one step nobody knows how long it takes"; p.RTO.Reason == nil || !strings.Contains(*p.RTO.Reason, want) {
		t.Errorf("the reason does not say %q", want)
	}
	var b bytes.Buffer
	_ = p.Text(&b)
	for _, want := range []string{"P50 at least 6.0s", "neither a P90 nor a chance", "nobody knows: counted as no time", "an estimate of its kind"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, b.String())
		}
	}
	p = mustPredict(t, Subject{Header: h})
	if p.RTO.P50.Known || p.RTO.Chance != nil || p.RTO.Reason == nil {
		t.Errorf("of nothing: %+v", p.RTO)
	}
	raw, err := json.Marshal(p)
	if err != nil || !bytes.Contains(raw, []byte(`"p90_seconds":null`)) {
		t.Errorf("%s, %v", raw, err)
	}
}

// One run and two have no spread, and are not given one.
func TestFewRunsHaveNoSpread(t *testing.T) {
	h := recovery(node("a"))
	for n := 1; n <= 3; n++ {
		past := &history.History{}
		for i := range n {
			past.Runs = append(past.Runs, attempts(map[string][]engine.Span{"a": {engine.Span(10+i) * second}}))
		}
		r := mustPredict(t, Subject{Header: h, Past: past}).RTO
		most := engine.Span(9+n) * second
		if r.Spread != (n >= 3) || (r.P90.Duration > most) != (n >= 3) || r.P99.Known || r.Reason == nil {
			t.Errorf("from %d runs: P90 %s, P99 %s, spread %t, %v", n, r.P90, r.P99, r.Spread, r.Reason)
		}
	}
}

// What varied most carries the risk also where three runs tell of it, whatever the
// margin's tail makes of the others.
func TestFewRunsNameTheRisk(t *testing.T) {
	past := &history.History{}
	for i := range 3 {
		past.Runs = append(past.Runs, attempts(map[string][]engine.Span{
			"steady": {60*second + engine.Span(i)*second}, "shaky": {engine.Span(20+6*i) * second}, "short": {[]engine.Span{3, 10, 100}[i] * 10 * time.Millisecond},
		}))
	}
	h := recovery(node("steady"), node("shaky", "steady"), node("short", "shaky"))
	for seed := range uint64(5) {
		p, err := Predict(Subject{Header: h, Past: past}, Options{Samples: 2000, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if first := p.Steps[0]; first.ID != "shaky" || *first.Variance < 0.7 || *first.Variance > 1.2 {
			t.Errorf("seed %d: %s carries %.2f of the risk", seed, first.ID, *first.Variance)
		}
	}
}

// The target stands after the bar that it lies in.
func TestTargetInTheHistogram(t *testing.T) {
	p := Prediction{Histogram: []Bar{
		{From: known(7 * second), To: known(8 * second), Share: 0.5}, {From: known(8 * second), To: known(9 * second), Share: 0.5},
	}}
	for target, want := range map[engine.Span]string{
		6 * second: "target, less than any sample|7.0s|8.0s", 7500 * time.Millisecond: "7.0s|target|8.0s", 8 * second: "7.0s|target|8.0s",
		8500 * time.Millisecond: "7.0s|8.0s|target", 10 * second: "7.0s|8.0s|target, more than any sample",
	} {
		p.RTO.Target = known(target)
		var b strings.Builder
		p.bars(&b)
		var got []string
		for line := range strings.Lines(b.String()) {
			if _, side, ok := strings.Cut(line, "┄┄ "); ok {
				got = append(got, strings.TrimSpace(side))
			} else {
				got = append(got, strings.Fields(line)[0])
			}
		}
		if text := strings.Join(got, "|"); text != want {
			t.Errorf("target %s: %s, want %s", target, text, want)
		}
	}
}

func TestPercentOfNearlyNothing(t *testing.T) {
	for share, want := range map[float64]string{-0.001: "0 %", -0.02: "-2 %", 0.004: "0 %", 1: "100 %"} {
		if got := percentShort(share); got != want {
			t.Errorf("%g: %s, want %s", share, got, want)
		}
	}
}

// Attempts that failed fail again, with the core's back-off between.
func TestRetriesAreReplayed(t *testing.T) {
	a := node("a")
	a.Retry = engine.Retry{Attempts: 2, Backoff: 8 * second}
	past := &history.History{Runs: []history.Run{attempts(map[string][]engine.Span{"a": {3 * second, 5 * second}})}}
	p := mustPredict(t, Subject{Header: recovery(a), Past: past})
	if d := p.RTO.P50.Duration; d < 14*second || d > 16*second {
		t.Errorf("it takes %s", d)
	}
}

// A step that runs into its limit recovers nothing: it counts as longer than all.
func TestDeadlinesAreKept(t *testing.T) {
	a := node("a")
	a.Timeout = 20 * second
	h := recovery(a)
	h.Objective.RTO = time.Minute
	past := &history.History{}
	for i := range 10 {
		past.Runs = append(past.Runs, attempts(map[string][]engine.Span{"a": {engine.Span(1+3*i) * second}}))
	}
	r := mustPredict(t, Subject{Header: h, Past: past}).RTO
	if r.Unended < 0.2 || r.P90.Known || !r.P50.Known || *r.Chance > 0.8 {
		t.Errorf("%+v", r)
	}
}

// The same seed gives the same prediction, another one another.
func TestSeeds(t *testing.T) {
	s := load(t)
	o := Options{Samples: 50, Seed: 3}
	one, _ := Predict(s, o)
	two, _ := Predict(s, o)
	a, _ := json.Marshal(one)
	b, _ := json.Marshal(two)
	if diff := cmp.Diff(string(a), string(b)); diff != "" {
		t.Error(diff)
	}
	o.Seed = 4
	if three, _ := Predict(s, o); three.RTO.P50 == one.RTO.P50 {
		t.Error("another seed changes nothing")
	}
}

// What steps add to the variance is all of it, and what is slow together is drawn
// together: two steps that follow the same load have the variance of twice the one.
func TestVarianceIsShared(t *testing.T) {
	h := recovery(node("a"), node("b", "a"), node("c", "b"))
	r := rand.New(rand.NewPCG(1, 1))
	past := &history.History{}
	for range 30 {
		load := math.Exp(0.3 * r.NormFloat64())
		at := func(s float64) []engine.Span { return []engine.Span{engine.Span(s * float64(second))} }
		past.Runs = append(past.Runs, attempts(map[string][]engine.Span{"a": at(10 * load), "b": at(10 * load), "c": at(20 * math.Exp(0.1*r.NormFloat64()))}))
	}
	p := mustPredict(t, Subject{Header: h, Past: past})
	sum := 0.0
	for _, s := range p.Steps {
		sum += *s.Variance
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("the shares add up to %g", sum)
	}
	a, b := stepOf(t, p, "a"), stepOf(t, p, "b")
	if math.Abs(*a.Variance-*b.Variance) > 0.01 || *a.Variance < 0.35 || p.Steps[2].ID != "c" {
		t.Errorf("a %.3f, b %.3f, last %s", *a.Variance, *b.Variance, p.Steps[2].ID)
	}
	if a.P90.Duration+b.P90.Duration+19*second > p.RTO.P90.Duration {
		t.Errorf("the P90 of the sum, %s, is less than that of steps that are slow together: %s + %s", p.RTO.P90, a.P90, b.P90)
	}
}

// A step that is often skipped is skipped as often; for_each has the items of the plan
// where that names them, else of a run, and an item that is new goes like another.
func TestWhenAndItems(t *testing.T) {
	each := node("each")
	each.ForEach, each.MaxParallel = true, 1
	maybe := node("maybe", "each")
	past := &history.History{}
	for i := range 4 {
		run := history.Run{Steps: map[string]history.Step{
			"each":  {Items: []string{"x", "y"}, Instances: map[string]history.Instance{"x": {Attempts: []engine.Span{2 * second}}, "y": {Attempts: []engine.Span{2 * second}}}},
			"maybe": {Skipped: i > 0},
		}}
		if i == 0 {
			run.Steps["maybe"] = history.Step{Instances: map[string]history.Instance{"": {Attempts: []engine.Span{second}}}}
		}
		past.Runs = append(past.Runs, run)
	}
	yes := true
	for _, c := range []struct {
		known map[string]Known
		least engine.Span
		often float64 // that maybe runs
	}{
		{nil, 4 * second, 0.25},
		{map[string]Known{"each": {Items: []string{"x", "new", "newer"}}, "maybe": {When: &yes}}, 7 * second, 1},
		{map[string]Known{"each": {Items: []string{}}}, 0, 0.25},
	} {
		p := mustPredict(t, Subject{Header: recovery(each, maybe), Past: past, Known: c.known})
		if got := p.RTO.recovered[0]; got != c.least {
			t.Errorf("the shortest takes %s, want %s", got, c.least)
		}
		if got := stepOf(t, p, "maybe").OnPath; math.Abs(got-c.often) > 0.06 {
			t.Errorf("maybe runs in %.2f of the samples, want %.2f", got, c.often)
		}
	}
}

// A simulated run has the RTO that the report finds in its events.
func TestSimulatedRTOIsTheReports(t *testing.T) {
	s := load(t)
	m := newModel(s)
	for i := range uint64(20) {
		run := &report.Run{Header: s.Header}
		r, err := simulate.Run(s.Header, play{m, newWeather(len(m.past), 1, i)}, func(e engine.Event) { run.Events = append(run.Events, e) })
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Summarize(run).RTO.Actual; !got.Known || got.Duration != r.RTO() {
			t.Fatalf("simulated %s, reported %s", r.RTO(), got.Duration)
		}
	}
}

func TestHistogram(t *testing.T) {
	var list []engine.Span
	for i := range 1000 {
		list = append(list, time.Minute+engine.Span(i)*100*time.Millisecond)
	}
	bars := histogram(append(list, 3*time.Hour), 1001)
	sum := 0.0
	for _, b := range bars {
		sum += b.Share
	}
	last := bars[len(bars)-1]
	if len(bars) != mostBars || math.Abs(sum-1) > 1e-9 || last.To.Known || bars[0].From.Duration != time.Minute {
		t.Errorf("%d bars, sum %g, %+v … %+v", len(bars), sum, bars[0], last)
	}
	if got := histogram([]engine.Span{second, second}, 2); len(got) != 1 || got[0].Share != 1 {
		t.Errorf("of one value: %+v", got)
	}
}
