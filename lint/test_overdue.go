package lint

import (
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var testOverdue = Rule{
	ID: "test-overdue", Severity: plans.SeverityWarning,
	Summary: "A test is overdue.",
	Why: "Systems change every week; what a drill proved a year ago it proved of other systems. The test is due on `next_test`, else one `frequency` after `last_test`, " +
		"or after the newest drill where a runs folder is given. A `next_test` that had passed already when the plan was last updated is for test-dates to say.",
	Options: []Option{{"grace", "How long a test may be late.", 7 * 24 * time.Hour}},
	Check: func(p *Pass) {
		at, due := p.testDue()
		if at == nil || p.Now.IsZero() || !p.Now.After(due.Add(p.Span("grace"))) {
			return
		}
		late := p.Now.Sub(due).Truncate(24 * time.Hour)
		p.Report(at, "run the drills, and write down when: `last_test:` and `next_test:`", "a test was due on %s, %s ago", day(due), span(late))
	},
}

// testDue is when the next test is due, and which node says so; nil: nothing does.
func (s *Subject) testDue() (at *yaml.Node, due time.Time) {
	t := s.Plan().Testing
	drilled := s.newest()
	last := t.LastTest.Value
	if drilled.After(last) {
		last = drilled
	}
	switch {
	case t.NextTest.Node != nil && t.NextTest.Value.After(last):
		if s.missed() {
			return nil, due
		}
		return t.NextTest.Node, t.NextTest.Value
	case last.IsZero() || t.Frequency.Node == nil || t.NextTest.Node != nil && drilled.IsZero():
		return nil, due
	case t.LastTest.Node != nil && !drilled.After(t.LastTest.Value):
		return t.LastTest.Node, last.Add(t.Frequency.Value)
	}
	return t.Frequency.Node, last.Add(t.Frequency.Value)
}

// newest is when the last of the plan's drills ran; zero: none is known.
func (s *Subject) newest() (at time.Time) {
	for _, d := range s.Drills {
		if last := s.History[d.ID].At; last.After(at) {
			at = last
		}
	}
	return at
}
