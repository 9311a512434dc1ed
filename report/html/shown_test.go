package html

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/period"
	"github.com/drplan/drplan/report/period/periodtest"
)

// Drills that did not recover leave no green tick behind.
func TestObjectiveCard(t *testing.T) {
	for name, c := range map[string]struct {
		of   period.Tally
		want card
	}{
		"met":     {period.Tally{Met: 3}, card{Value: "3", Of: "of 3 met", Mark: "every one that was judged", Tone: "good"}},
		"failed":  {period.Tally{Met: 3, Failed: 2}, card{Value: "3", Of: "of 5 met", Mark: "2 did not recover", Tone: "bad"}},
		"both":    {period.Tally{Met: 3, Missed: 1, Failed: 2}, card{Value: "3", Of: "of 6 met", Mark: "1 missed, 2 did not recover", Tone: "bad"}},
		"nothing": {period.Tally{}, card{Value: "–", Mark: "none was judged", Tone: "open"}},
	} {
		c.want.Name, c.want.Long = "RTO", "recovery time"
		if got := objectiveCard("RTO", "recovery time", c.of); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// A page names no evidence that it has not got, and no chain that decided what never
// came to its end.
func TestNothingClaimed(t *testing.T) {
	runs := recorded(t)
	const decided, not = "The chain of steps that decided", "not shown by this run:"
	for name, want := range map[string]bool{"drill": true, "failed": false} {
		page := string(pageOf(t, reportOf(t, name, runs)))
		if strings.Contains(page, decided) != want {
			t.Errorf("%s: a chain decided: %t", name, !want)
		}
		if measured := !strings.Contains(page, not+" measured recovery"); measured != want {
			t.Errorf("%s: claims measured recovery: %t", name, measured)
		}
	}
	o := periodtest.Options()
	empty := period.Fold(func(func(period.Journal) bool) {}, o.Span).Report(period.Options{Span: o.Span, Now: o.Now})
	if page := periodPageOf(t, empty); bytes.Count(page, []byte(period.NothingShown)) != len(report.Standards) {
		t.Errorf("an empty period supports something")
	}
}

// A blank form is no review, a restore of nothing known is no recovery from backup, and
// a missed objective is a deficiency.
func TestStandards(t *testing.T) {
	runs, no := recorded(t), false
	of := func(change func(*report.Summary)) (claims, not string) {
		r := reportOf(t, "drill", runs)
		change(r.Summary)
		page, err := newRunPage(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.standards() {
			for _, by := range s.Sections {
				claims += by.Title + "|"
			}
			not += s.Not + "|"
		}
		return claims, not
	}
	claims, not := of(func(*report.Summary) {})
	if !strings.Contains(claims, fromBackup) || strings.Contains(claims, "review") || !strings.Contains(not, "to be filled in: review") || strings.Contains(claims, missedObjective) {
		t.Errorf("a good drill: %s; %s", claims, not)
	}
	claims, not = of(func(s *report.Summary) {
		s.RTO.Met, s.RPO, s.Preflight = &no, report.RPO{}, nil
		for i := range s.Steps {
			s.Steps[i].Restores = false
		}
	})
	if strings.Contains(claims, "backup") || strings.Contains(claims, "checks") || !strings.Contains(claims, missedObjective) || strings.Contains(not, deficiencies) {
		t.Errorf("a miss without a backup: %s; %s", claims, not)
	}
}

// No line leads through a drill of which nothing is known, and of runs of one day the
// axis says the time.
func TestTrendGaps(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	point := func(i int, d time.Duration) period.Point {
		return period.Point{At: report.Instant{Time: at.Add(time.Duration(i) * time.Minute)}, RTO: period.Measure{Actual: report.Seconds{Duration: d, Known: d > 0}}}
	}
	lines := func(points ...period.Point) (n int, labels string) {
		span, _ := period.Quarter("2026Q4")
		c := trendOf("RTO", points, func(p period.Point) period.Measure { return p.RTO }, span)
		for _, l := range c.Lines {
			if l.Class == "path" {
				n++
			}
		}
		for _, l := range c.Labels {
			labels += l.Text + " "
		}
		return n, labels
	}
	if n, _ := lines(point(0, 1), point(1, 0), point(2, 1)); n != 0 {
		t.Errorf("%d lines lead through a run that was not measured", n)
	}
	n, labels := lines(point(0, 1), point(1, 1), point(2, 0), point(3, 1), point(4, 1))
	if n != 2 || !strings.Contains(labels, "2026-11-24 09:00:00 2026-11-24 09:04:00") {
		t.Errorf("%d lines, %s", n, labels)
	}
}

func TestExact(t *testing.T) {
	at := report.Instant{Time: time.Date(2026, 11, 24, 14, 16, 58, 331_000_000, time.UTC)}
	for d, want := range map[time.Duration]string{331 * time.Millisecond: "2026-11-24 14:16:58.331 UTC", 10 * time.Second: "2026-11-24 14:16:58 UTC"} {
		if got := exact(at, report.Seconds{Duration: d, Known: true}); got != want {
			t.Errorf("%s: %s", d, got)
		}
	}
}

// What stands at the beginning of a sentence is an id, or a word.
func TestSentence(t *testing.T) {
	for text, want := range map[string]string{"restore_files failed": "restore_files failed.", "restore[eu] failed": "restore[eu] failed.", "it failed": "It failed."} {
		if got := sentence(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
