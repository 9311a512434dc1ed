package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
)

var testDates = Rule{
	ID: "test-dates", Severity: plans.SeverityWarning,
	Summary: "The dates of the tests contradict each other.",
	Why: "A date that cannot be true tells that nobody looks at it. A `next_test` that lies before `last_updated` had passed when the plan was last gone through: " +
		"the test was missed, or done and not written down. The gap between `last_test` and `next_test` may be a quarter longer than `frequency`: months differ, and so do weekends.",
	Check: func(p *Pass) {
		t, updated := p.Plan().Testing, p.Plan().LastUpdated
		last, next := t.LastTest, t.NextTest
		today := p.Now.UTC().Truncate(24 * time.Hour)
		switch {
		case last.Node != nil && !p.Now.IsZero() && last.Value.After(today.Add(24*time.Hour)):
			p.Report(last.Node, "write down when the last test was", "the last test, of %s, lies in the future", day(last.Value))
		case next.Node == nil:
		case last.Node != nil && !next.Value.After(last.Value):
			p.Report(next.Node, "write down when the next test is", "the next test (%s) is not after the last (%s)", day(next.Value), day(last.Value))
		case p.missed():
			p.Report(next.Node, "run the drills, and write down both dates",
				"the next test was due on %s, before the plan was last updated (%s): it was missed, or not written down", day(next.Value), day(updated.Value))
		case last.Node != nil && t.Frequency.Node != nil && next.Value.Sub(last.Value) > t.Frequency.Value+t.Frequency.Value/4:
			by := last.Value.Add(t.Frequency.Value)
			hint := "test by " + day(by) + ", or say another frequency"
			if !p.Now.IsZero() && by.Before(today) {
				hint = "test now: by the frequency it was due on " + day(by) + "; or say another frequency"
			}
			p.Report(next.Node, hint,
				"the next test is %s after the last, and the frequency is %s", span(next.Value.Sub(last.Value)), span(t.Frequency.Value))
		}
	},
}

// missed reports whether the plan was gone through after its next test, without a
// later one being written down.
func (s *Subject) missed() bool {
	next, updated := s.Plan().Testing.NextTest, s.Plan().LastUpdated
	return next.Node != nil && updated.Node != nil && next.Value.Before(updated.Value)
}

// day is a date as a plan would write it.
func day(t time.Time) string { return t.Format(time.DateOnly) }
