package period_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/manyruns"
	"github.com/drplan/drplan/report"
	. "github.com/drplan/drplan/report/period" //nolint:revive // as in period_test.go
	"github.com/drplan/drplan/report/period/periodtest"
)

// A copied or renamed run is told, in the quarter of its journal and in that of its
// name, and nothing of it counts.
func TestCopies(t *testing.T) {
	list := journals(t, nil)
	want := Fold(slices.Values(list), periodtest.Options().Span).Report(periodtest.Options())
	i := slices.IndexFunc(list, func(j Journal) bool { return strings.HasPrefix(j.ID, "20261005") })
	for _, name := range []string{list[i].ID + "copy", "20270301T100000Z-other"} {
		dup := Journal{ID: name, Read: list[i].Read}
		o := periodtest.Options()
		o.Attention = append(o.Attention, Attention{Kind: KindBroken, Run: name, Text: "the register says so, too"})
		got := Fold(slices.Values(append(slices.Clone(list), dup)), o.Span).Report(o)
		was := want.Totals
		was.Lost++
		if got.Totals.Runs != was.Runs || got.Totals.Drills != was.Drills || got.Totals.Lost != was.Lost {
			t.Errorf("%s: %+v, want %+v", name, got.Totals, was)
		}
		text := written(t, got, "csv")
		if !strings.Contains(text, name) || strings.Count(text, "copied or renamed") != 1 || len(got.Plans[1].Runs) != len(want.Plans[1].Runs) {
			t.Errorf("%s is not told once:\n%s", name, text)
		}
	}
	o := periodtest.Options()
	o.Attention = nil
	o.Span, _ = Quarter("2027Q1")
	later := Fold(slices.Values([]Journal{{ID: "20270301T100000Z-other", Read: list[i].Read}}), o.Span).Report(o)
	if len(later.Attention) != 1 || later.Totals.Runs != 0 || later.Totals.Lost != 1 {
		t.Errorf("%+v", later.Attention)
	}
}

// A requirement is supported by what is there: by nothing in an empty period, and not by
// measured recovery where nothing was measured.
func TestStandards(t *testing.T) {
	o := periodtest.Options()
	o.Attention, o.Findings = nil, nil
	o.Stored = nil
	empty := Fold(slices.Values([]Journal(nil)), o.Span).Report(o)
	for _, s := range empty.Standards {
		if len(s.Supports) > 0 {
			t.Errorf("%s is supported by %v", s.ID, s.Supports)
		}
	}
	if text := written(t, empty, "md"); strings.Count(text, NothingShown) != len(report.Standards) {
		t.Error(text)
	}
	var failed []Journal
	for _, j := range journals(t, nil) {
		if strings.HasSuffix(j.ID, "-failed") {
			failed = append(failed, j)
		}
	}
	for _, s := range Fold(slices.Values(failed), o.Span).Report(o).Standards {
		for _, by := range s.Supports {
			if by.ID == "trend" {
				t.Errorf("%s: %s, of failed runs", s.ID, by.What)
			}
		}
	}
	if full := yearOf(t); len(full.Standards[0].Supports) != 5 || full.Standards[0].Blank() != "to be filled in: review" {
		t.Errorf("%v", full.Standards[0].Supports)
	}
}

// A drill that failed to recover is no objective that nobody judged.
func TestDidNotRecover(t *testing.T) {
	r := yearOf(t)
	if got := r.Totals.RTO; got != (Tally{Met: 3, Missed: 2, Failed: 2, NotJudged: 1}) {
		t.Errorf("%+v", got)
	}
	if got := r.Totals.RTO.String(); got != "3 met, 2 missed, 2 did not recover, 1 not judged" {
		t.Error(got)
	}
	cancelled := func(rec manyruns.Recording) manyruns.Recording {
		return rec.Replace(`"result":"failed"`, `"result":"cancelled"`)
	}
	if got := Fold(slices.Values(journals(t, cancelled)), periodtest.Options().Span).Report(periodtest.Options()).Totals; got.Cancelled+got.Refused+got.NotEnded+got.Drills+got.Recoveries+got.Failed < got.Runs {
		t.Errorf("runs are in no total: %+v", got)
	}
}

// A period that has not begun does not say that it goes on.
func TestState(t *testing.T) {
	o := periodtest.Options()
	o.Span, _ = Quarter("2028Q1")
	if got := Fold(slices.Values([]Journal(nil)), o.Span).Report(o).State(); got != "The period has not begun: it begins on 2028-01-01." {
		t.Error(got)
	}
}
