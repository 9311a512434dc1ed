package predict

import (
	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report/history"
)

// Subject is the run that is predicted, and what is known of it.
type Subject struct {
	Header engine.Header
	Past   *history.History // nil: no earlier runs were asked for
	Known  map[string]Known // by step
}

// Known is what is known of a step without any run of it.
type Known struct {
	Takes   engine.Span
	Source  Source      // SourcePlanned, SourceEstimated, or SourceNone
	When    *bool       // nil: only a run can tell whether it runs
	Items   []string    // the keys of a for_each step; nil: only a run can tell
	WaitFor engine.Span // of a timer
}

// Source is where a step's time comes from.
type Source string

// The sources, the best first.
const (
	SourceHistory   Source = "history"   // earlier runs
	SourcePlanned   Source = "planned"   // the plan says it
	SourceEstimated Source = "estimated" // its kind says it
	SourceNone      Source = "none"      // nobody: it counts as no time
)

// Options are those of a prediction.
type Options struct {
	Samples int
	Seed    uint64 // the same seed gives the same figures
}

// DefaultSamples is enough for a P99 that does not move by more than a few percent.
const DefaultSamples = 10_000

// Wanting reports whether of some step of the recovery neither an earlier run nor the
// plan tells how long it takes.
func (s Subject) Wanting() bool {
	_, none := newModel(s).count()
	return none > 0
}

// Recovered counts the earlier runs whose RTO was measured.
func (s Subject) Recovered() int { return newModel(s).runs(s).Recovered }
