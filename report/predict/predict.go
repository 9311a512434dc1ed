package predict

import (
	"fmt"
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/simulate"
	"github.com/drplan/drplan/report"
)

// SchemaVersion is the version of the prediction's JSON.
const SchemaVersion = 1

// Prediction is what is to be expected of a run. Lengths of time are seconds in its
// JSON; what is not known is null there.
type Prediction struct {
	SchemaVersion int         `json:"schema_version"`
	Scenario      string      `json:"scenario"`
	Title         string      `json:"title,omitempty"`
	Procedure     string      `json:"procedure"`
	Mode          engine.Mode `json:"mode"`
	Samples       int         `json:"samples"`
	Seed          uint64      `json:"seed"`
	Runs          Runs        `json:"runs"`
	RTO           RTO         `json:"rto"`
	Histogram     []Bar       `json:"histogram"`
	Steps         []Step      `json:"steps"` // of the recovery; those that carry most of the risk first

	medians map[string]engine.Span
}

// Runs says which earlier runs were drawn from.
type Runs struct {
	Used      int      `json:"used"`
	Recovered int      `json:"recovered"` // so many of them did; the prediction is of a recovery that does
	Passed    []string `json:"passed_over"`
}

// RTO is the predicted recovery time beside its target.
type RTO struct {
	Target report.Seconds `json:"target_seconds"`
	P50    report.Seconds `json:"p50_seconds"`
	P90    report.Seconds `json:"p90_seconds"` // null, as P99 and the chance, where a step that has a time has no spread
	P99    report.Seconds `json:"p99_seconds"` // null also where too few runs tell of it
	Chance *float64       `json:"chance"`      // to meet the target, from 0 to 1
	// Bound says that some steps count as no time: the recovery takes at least as
	// long, and the chance is at most as good.
	Bound bool `json:"bound"`
	// Spread says that earlier runs tell of the spread of every step's time.
	Spread    bool    `json:"spread"`
	Unended   float64 `json:"unended"` // share of the samples in which a step ran into its limit
	Reason    *string `json:"reason"`  // why there is no figure, or what to know of it
	recovered []engine.Span
}

// Step is what a step adds to the recovery and to its risk.
type Step struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Type     string         `json:"type"`
	Phase    engine.Phase   `json:"phase"`
	Source   Source         `json:"source"`
	Runs     int            `json:"runs"` // so many earlier runs tell of it
	P50      report.Seconds `json:"p50_seconds"`
	P90      report.Seconds `json:"p90_seconds"`
	OnPath   float64        `json:"on_critical_path"`  // share of the samples
	Variance *float64       `json:"variance_share"`    // of the RTO's variance; all add up to 1
	Changed  []string       `json:"changed,omitempty"` // what is another since the runs that no longer count for it
}

// Predict plays the run so many times, and tells what came of it. The error is that
// of a graph which the core refuses.
func Predict(s Subject, o Options) (*Prediction, error) {
	if o.Samples <= 0 {
		return nil, fmt.Errorf("%d samples tell nothing", o.Samples)
	}
	m := newModel(s)
	pilot, err := m.play(o.Seed, min(o.Samples, max(100, min(o.Samples/10, mostPilots))), longest)
	if err != nil {
		return nil, err
	}
	t, err := m.play(o.Seed, o.Samples, pilot.mostKeep())
	if err != nil {
		return nil, err
	}
	return m.tell(s, o, t), nil
}

// play plays so many runs; those that take longer than usual count for nothing when
// the risk is shared out.
func (m *model) play(seed uint64, samples int, usual engine.Span) (*tally, error) {
	t := newTally(m, usual)
	for i := range samples {
		if err := m.sample(t, seed, uint64(i)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// sample plays one run.
func (m *model) sample(t *tally, seed, i uint64) error {
	h := m.header
	h.RunID = fmt.Sprintf("sample-%d-%d", seed, i) // the jitter of retries is another in each
	r, err := simulate.Run(h, play{m, newWeather(len(m.past), seed, i)}, nil)
	if err != nil {
		return err
	}
	t.add(h.Graph, r)
	return nil
}

func (m *model) tell(s Subject, o Options, t *tally) *Prediction {
	h := m.header
	p := &Prediction{SchemaVersion: SchemaVersion, Scenario: h.Scenario, Title: h.Title, Procedure: h.Procedure, Mode: h.Mode,
		Samples: o.Samples, Seed: o.Seed, Steps: []Step{}, Histogram: []Bar{}, Runs: m.runs(s)}
	slices.Sort(t.rto)
	p.RTO, p.medians = m.rto(t), map[string]engine.Span{}
	for id, c := range t.steps {
		slices.Sort(c.takes)
		if mid := quantile(c.takes, len(c.takes), 0.5); mid.Known && m.steps[id].source != SourceNone {
			p.medians[id] = mid.Duration
		}
	}
	for i := range h.Graph.Nodes {
		if n := &h.Graph.Nodes[i]; n.Phase.Recovers() {
			p.Steps = append(p.Steps, m.step(s, t, n))
		}
	}
	slices.SortStableFunc(p.Steps, byRisk)
	if p.RTO.P50.Known {
		p.Histogram = histogram(t.rto, t.samples)
	}
	return p
}

func (m *model) runs(s Subject) Runs {
	r := Runs{Used: len(m.past), Passed: []string{}}
	for i := range m.past {
		if m.past[i].RTO != nil {
			r.Recovered++
		}
	}
	if s.Past != nil {
		for _, p := range s.Past.Passed {
			r.Passed = append(r.Passed, p.Run+": "+p.Reason)
		}
	}
	return r
}

func (m *model) step(s Subject, t *tally, n *engine.Node) Step {
	st := m.steps[n.ID]
	out := Step{ID: n.ID, Name: n.Name, Type: n.Type, Phase: n.Phase, Source: st.source, Runs: len(st.ran)}
	if s.Past != nil {
		out.Changed = s.Past.Changed[n.ID]
	}
	c := t.steps[n.ID]
	if st.source != SourceNone {
		out.P50, out.P90 = quantile(c.takes, len(c.takes), 0.5), quantile(c.takes, len(c.takes), 0.9)
	}
	if n := len(t.rto); n > 0 {
		out.OnPath = float64(c.onPath) / float64(n)
		out.Variance = c.share(t)
	}
	return out
}

// quantile is the least value under which, or at which, a share of n samples lies;
// those that have no value lie above all. Unknown where it is one of them.
func quantile(sorted []engine.Span, n int, q float64) report.Seconds {
	k := int(q*float64(n)+0.999999) - 1 // the order statistic ⌈q·n⌉
	if k < 0 || k >= len(sorted) {
		return report.Seconds{}
	}
	return report.Seconds{Duration: sorted[k], Known: true}
}

// Medians are the middle of what each step takes, of all phases; of steps of which
// nobody knows how long they take there is none.
func (p *Prediction) Medians() map[string]engine.Span { return p.medians }
