package period

import (
	"errors"
	"testing"
	"time"

	"github.com/drplan/drplan/report"
)

func day(s string) time.Time {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return at
}

func drill(at string, result report.Result) *Run {
	return &Run{ID: at, Mode: "drill", Scenario: "s", Result: result, StartedAt: instant(day(at).Add(10 * time.Hour)), Plan: report.Plan{Path: "p"}, folder: "/p"}
}

// When a drill is due, and how many were planned: from the plan's frequency and the
// last drill that came to its end, else from the date that it names.
func TestDue(t *testing.T) {
	const quarterly = 91 * 24 * time.Hour
	for name, c := range map[string]struct {
		frequency time.Duration
		next      string
		runs      []*Run
		planned   int // -1: nobody knows
		due       string
		late      bool
	}{
		"done in time":               {quarterly, "", []*Run{drill("2026-07-20", report.Succeeded), drill("2026-10-15", report.Failed)}, 1, "2027-01-14", false},
		"not done":                   {quarterly, "", []*Run{drill("2026-07-20", report.Succeeded)}, 1, "2026-10-19", true},
		"refused is not done":        {quarterly, "", []*Run{drill("2026-07-20", report.Succeeded), drill("2026-10-15", report.Refused)}, 1, "2026-10-19", true},
		"monthly":                    {30 * 24 * time.Hour, "", []*Run{drill("2026-12-20", report.Succeeded)}, 3, "2027-01-19", false},
		"yearly, due in the quarter": {365 * 24 * time.Hour, "", []*Run{drill("2025-11-20", report.Succeeded)}, 1, "2026-11-20", true},
		"yearly, due later":          {365 * 24 * time.Hour, "", []*Run{drill("2026-02-20", report.Succeeded)}, 0, "2027-02-20", false},
		"never, with a date":         {quarterly, "2026-12-01", nil, 1, "2026-12-01", true},
		"never, without a date":      {quarterly, "", nil, 1, "", false},
		"a date alone":               {0, "2026-12-01", nil, 1, "2026-12-01", true},
		"a date, kept early":         {0, "2026-12-01", []*Run{drill("2026-11-20", report.Succeeded)}, 1, "2026-12-01", true},
		"a date, kept":               {0, "2026-12-01", []*Run{drill("2026-12-01", report.Succeeded)}, 1, "", false},
		"nothing said":               {0, "", []*Run{drill("2026-11-20", report.Succeeded)}, -1, "", false},
		"its day is not over":        {quarterly, "", []*Run{drill("2026-10-01", report.Succeeded)}, 1, "2026-12-31", false},
	} {
		p := &Plan{Frequency: c.frequency, Drills: []PlannedDrill{{ID: "s", Name: "s", Procedure: "p"}}}
		if c.next != "" {
			p.NextTest = day(c.next)
		}
		span, _ := Quarter("2026Q4")
		rep := (&Runs{all: c.runs}).Report(Options{Span: span, Now: day("2027-02-01"), Plan: &Plan{Path: "/p", Frequency: p.Frequency, NextTest: p.NextTest, Drills: p.Drills}})
		s := rep.Plans[0].Scenarios[0]
		planned := -1
		if s.Planned != nil {
			planned = *s.Planned
		}
		late := s.Overdue != nil && *s.Overdue
		if planned != c.planned || s.Next.String() != c.due || late != c.late {
			t.Errorf("%s: planned %d, due %q, late %t (%s); want %d, %q, %t", name, planned, s.Next, late, s.NextReason, c.planned, c.due, c.late)
		}
		if s.NextReason == "" || planned < 0 && s.PlannedReason == nil {
			t.Errorf("%s: nothing is said about why", name)
		}
	}
}

// Runs are of one plan where file or bytes are the same, over any number of steps.
func TestGrouped(t *testing.T) {
	run := func(folder, sum string) *Run { return &Run{folder: folder, Plan: report.Plan{SHA256: sum}} }
	for name, c := range map[string]struct {
		runs []*Run
		want int
	}{
		"edited in its place":            {[]*Run{run("/a", "1"), run("/a", "2")}, 1},
		"checked out elsewhere":          {[]*Run{run("/a", "1"), run("/b", "1")}, 1},
		"two of one name":                {[]*Run{run("/a/p", "1"), run("/b/p", "2")}, 2},
		"found to be one by a later run": {[]*Run{run("/a", "1"), run("/b", "2"), run("/c", "3"), run("/b", "3"), run("/a", "2")}, 1},
	} {
		groups := grouped(c.runs)
		n := 0
		for _, g := range groups {
			n += len(g.runs)
		}
		if len(groups) != c.want || n != len(c.runs) {
			t.Errorf("%s: %d plans of %d runs", name, len(groups), n)
		}
	}
}

// Signatures are looked at where the run will be reported, and one that cannot be
// looked at is none that holds.
func TestSignature(t *testing.T) {
	span, _ := Quarter("2026Q4")
	asked := 0
	for at, want := range map[string]string{"2026-09-30": Unsigned, "2026-10-01": Broken, "2027-01-01": Unsigned} {
		r := Read{Run: &report.Run{}, Sign: func() (Signature, error) { asked++; return Signature{}, errors.New("no") }}
		r.Run.Header.Started = day(at)
		if got := r.signature(span); got.State != want || want == Broken && got.Text != "no" {
			t.Errorf("%s: %+v", at, got)
		}
	}
	if asked != 1 {
		t.Errorf("%d signatures were looked at", asked)
	}
}
