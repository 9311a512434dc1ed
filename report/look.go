package report

import (
	"time"

	"github.com/drplan/drplan/engine"
)

// What pictures need to know beside a summary's JSON: times on the run's clock.

// Graph is what the run followed last; read only.
func (s *Summary) Graph() engine.Graph { return s.graph }

// Length is the run's clock at its end, or now.
func (s *Summary) Length() time.Duration { return s.now }

// Interval is when the step was under way on the run's clock; false of one that
// did not begin.
func (s Step) Interval() (engine.Interval, bool) {
	return engine.Interval{Start: s.start, End: s.end}, s.begun
}

// Tolerated reports whether the run goes on when the step fails.
func (s Step) Tolerated() bool { return s.tolerated }

// Label is the step with its key.
func (s Step) Label() string { return instanceID{s.ID, s.Key}.String() }

// Outage is when the clock of the RTO started, on the run's clock: before the run
// it is negative. False where there was no outage. A bound began earlier, nobody
// knows when.
func (r RTO) Outage() (at time.Duration, bound, known bool) {
	return r.began, r.bound, !r.StartedAt.IsZero()
}

// Recovered is when the last verification had succeeded, on the run's clock;
// false where the recovery was not measured.
func (r RTO) Recovered() (at time.Duration, known bool) { return r.ended, r.Actual.Known }

// Plain makes text from a plan or a step one line that is safe to show: escape
// sequences of terminals go, and so do characters that change its direction.
func Plain(text string) string { return plain(text) }

// Cell makes text from a plan or a step safe in a spreadsheet: as [Plain], and no
// formula.
func Cell(text string) string { return inert(plain(text)) }
