package period_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/internal/manyruns"
	"github.com/drplan/drplan/report"
	. "github.com/drplan/drplan/report/period" //nolint:revive // an external test of the package, for periodtest imports it
	"github.com/drplan/drplan/report/period/periodtest"
)

var update = flag.Bool("update", false, "rewrite the reports in testdata")

func journals(t *testing.T, change func(manyruns.Recording) manyruns.Recording) []Journal {
	t.Helper()
	list, err := periodtest.Journals("../testdata", change)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func yearOf(t *testing.T) *Report {
	t.Helper()
	return Fold(slices.Values(journals(t, nil)), periodtest.Options().Span).Report(periodtest.Options())
}

// formats are all ways of writing a report but the page.
var formats = map[string]func(io.Writer, *Report) error{
	"json": JSON, "md": Markdown, "csv": CSV, "xml": JUnit,
	"40.txt": func(w io.Writer, r *Report) error { return Terminal(w, r, 40) },
	"80.txt": func(w io.Writer, r *Report) error { return Terminal(w, r, 80) },
}

func written(t *testing.T, r *Report, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := formats[format](&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	r := yearOf(t)
	for format := range formats {
		got, file := written(t, r, format), filepath.Join("testdata", "quarter."+format)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got; if it is right, go test -update):\n%s", file, diff)
		}
	}
}

// The order in which runs come, and which of them is read first, changes nothing.
func TestOrder(t *testing.T) {
	want := written(t, yearOf(t), "json")
	list := journals(t, nil)
	for range 5 {
		slices.Reverse(list)
		list = append(list[3:], list[:3]...)
		if got := written(t, Fold(slices.Values(list), periodtest.Options().Span).Report(periodtest.Options()), "json"); got != want {
			t.Fatal(cmp.Diff(want, got))
		}
	}
}

// Every run of the period is in the report, whatever is wrong with it; those of other
// times are not.
func TestNothingIsHidden(t *testing.T) {
	r := yearOf(t)
	for format := range formats {
		text := written(t, r, format)
		for _, j := range journals(t, nil) {
			in := strings.HasPrefix(j.ID, "202610") || strings.HasPrefix(j.ID, "202611") || strings.HasPrefix(j.ID, "202612")
			full := !strings.HasSuffix(format, "txt") // a terminal has an overview
			if in && full && !strings.Contains(text, strings.Trim(j.ID, `"`)) {
				t.Errorf("%s: %s is missing", format, j.ID)
			}
			if strings.HasPrefix(j.ID, "2027") && strings.Contains(text, j.ID) {
				t.Errorf("%s: %s is there", format, j.ID)
			}
		}
		for _, kind := range []string{"ns-gone", "etcd_failure-bad0"} {
			if !strings.Contains(strings.Join(strings.Fields(text), ""), kind) {
				t.Errorf("%s: nothing of %s", format, kind)
			}
		}
	}
	kinds := map[string]int{}
	for _, a := range r.Attention {
		kinds[a.Kind]++
	}
	if diff := cmp.Diff(map[string]int{"missing": 1, "unreadable": 1, "broken": 1, "unclosed": 1, "degraded": 1, "estimated": 1, "overridden": 1, "unsigned": 1}, kinds); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The totals are those of the runs, counted in another way.
func TestTotals(t *testing.T) {
	r := yearOf(t)
	want := Totals{Runs: 11, Drills: 7, Recoveries: 1, Planned: ptr(4), PlannedDone: 3, Failed: 2, RTO: Tally{Met: 3, Missed: 2, NotJudged: 3}, RPO: Tally{Met: 3, Missed: 2, NotJudged: 3},
		Overdue: 1, NeverDrilled: 2, Slower: 6, Repeated: 2, OpenFindings: 1, LateFindings: 1, Lost: 3}
	if diff := cmp.Diff(want, r.Totals); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func ptr[T any](v T) *T { return &v }

// Plans are kept apart, and one that is asked for is reported alone.
func TestPlans(t *testing.T) {
	r := yearOf(t)
	if len(r.Plans) != 2 || r.Plans[0].Path != "/srv/other/dr-plan.yaml" || len(r.Plans[0].Runs) != 0 || r.Plans[0].Reason == nil || r.Plans[1].Reason != nil {
		t.Fatalf("%d plans: %+v", len(r.Plans), r.Plans)
	}
	o := periodtest.Options()
	o.Plan = periodtest.Plan()
	one := Fold(slices.Values(journals(t, nil)), periodtest.Options().Span).Report(o)
	if len(one.Plans) != 1 || len(one.Plans[0].Runs) != len(r.Plans[1].Runs) || !slices.Equal(one.OtherPlans, []string{"/srv/other/dr-plan.yaml"}) {
		t.Errorf("%+v, %q", one.Plans, one.OtherPlans)
	}
	o.Plan.SHA256, o.Plan.Path = "another", "/nowhere/dr-plan.yaml"
	none := Fold(slices.Values(journals(t, nil)), periodtest.Options().Span).Report(o)
	if len(none.Plans) != 1 || len(none.Plans[0].Runs) != 0 || len(none.OtherPlans) != 2 {
		t.Errorf("%+v, %q", none.Plans, none.OtherPlans)
	}
	for _, s := range none.Plans[0].Scenarios {
		if s.Planned == nil && s.PlannedReason == nil || s.Overdue == nil && s.NextReason == "" {
			t.Errorf("%s: a null without a reason: %+v", s.ID, s)
		}
	}
}

// Nothing at all is a report, too.
func TestEmpty(t *testing.T) {
	o := periodtest.Options()
	o.Attention, o.Findings = nil, nil
	r := Fold(slices.Values([]Journal(nil)), periodtest.Options().Span).Report(o)
	for format := range formats {
		if text := written(t, r, format); text == "" || strings.Contains(text, "NaN") {
			t.Errorf("%s: %q", format, text)
		}
	}
	if r.Good() || len(r.Faults(true)) > 0 {
		t.Error("nothing done is neither good nor at fault")
	}
}

// hostile is what people and steps may have written.
const hostile = "=1+1|<script>alert(1)</script>\\u202e\\n# not a title\\n| cell | `code` @everyone https://bad.example \\u001b[31m"

func TestHostile(t *testing.T) {
	change := func(r manyruns.Recording) manyruns.Recording {
		for _, s := range []string{`"scenario":"`, `"title":"`, `"procedure":"`, `"error":"`, `"reason":"`, `"version":"`, `"path":"`} {
			r = r.Replace(s, s+hostile)
		}
		return r
	}
	o := periodtest.Options()
	text := jsonText(t, hostile)
	p := periodtest.Plan()
	p.Version, p.Drills[0].Name, p.Procedures[0].Name, p.Tiers[0].Name, p.Drills[1].ID = text, text, text, text, text
	o.Stored = func(string, string) (*Plan, error) { return p, nil }
	o.Source = text
	o.Attention = []Attention{{Kind: KindMissing, Run: text, Text: text}}
	o.Findings = []report.Finding{{ID: text, Title: text, Run: text, Step: text, Severity: text, Owner: text, State: text, Resolution: text, Note: text}}
	r := Fold(slices.Values(journals(t, change)), periodtest.Options().Span).Report(o)
	if r.Totals.Runs != 11 {
		t.Fatalf("%d runs", r.Totals.Runs)
	}
	for format := range formats {
		out := written(t, r, format)
		if format == "json" {
			if !json.Valid([]byte(out)) {
				t.Error("no JSON")
			}
			continue
		}
		if strings.ContainsAny(out, "\u202e\x1b") {
			t.Errorf("%s: control characters stay", format)
		}
		switch format {
		case "md":
			for i, line := range strings.Split(out, "\n") {
				if strings.Contains(line, "<script>") || strings.Contains(line, "@everyone") || strings.HasPrefix(line, "# not") || strings.Contains(line, "https://bad") {
					t.Errorf("line %d: %s", i+1, line)
				}
			}
			cells(t, out)
		case "csv":
			lines, err := csv.NewReader(strings.NewReader(out)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range lines {
				for _, cell := range line {
					if strings.HasPrefix(cell, "=") || strings.Contains(cell, "\n") {
						t.Errorf("a cell runs: %q", cell)
					}
				}
			}
		case "xml":
			if err := xml.Unmarshal([]byte(out), new(struct{})); err != nil {
				t.Error(err)
			}
		default:
			for line := range strings.Lines(out) {
				if w := report.Width(strings.TrimSuffix(line, "\n")); fmt.Sprint(w) > strings.TrimSuffix(format, ".txt") && w > 9 {
					t.Errorf("%s: a line of %d: %q", format, w, line)
				}
			}
		}
	}
}

func jsonText(t *testing.T, escaped string) (text string) {
	t.Helper()
	if err := json.Unmarshal([]byte(`"`+escaped+`"`), &text); err != nil {
		t.Fatal(err)
	}
	return text
}

// cells asks that every row of a table has as many cells as its head.
func cells(t *testing.T, out string) {
	t.Helper()
	want := 0
	for line := range strings.Lines(out) {
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		switch {
		case n == 0:
			want = 0
		case want == 0:
			want = n
		case n != want:
			t.Errorf("%d cells, not %d: %s", n, want, line)
		}
	}
}

func TestQuarter(t *testing.T) {
	for text, want := range map[string]string{
		"2026Q4": "2026Q4 2026-10-01 to 2026-12-31 (UTC)", "2028-q1": "2028Q1 2028-01-01 to 2028-03-31 (UTC)", "2026Q5": "", "26Q1": "", "2026Q": "", "": "",
	} {
		s, err := Quarter(text)
		if got := s.Name + " " + s.Days(); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}

// A run belongs to the period in which it began.
func TestEdges(t *testing.T) {
	s, _ := Quarter("2026Q4")
	for at, want := range map[string]bool{"2026-09-30T23:59:59.999Z": false, "2026-10-01T00:00:00Z": true, "2026-12-31T23:59:59Z": true, "2027-01-01T00:00:00Z": false} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil || s.Holds(when) != want {
			t.Errorf("%s: %t, %v", at, !want, err)
		}
	}
}

// Of a run that cannot be read its name says when it began; where it does not, the run
// is in every report.
func TestLost(t *testing.T) {
	o := periodtest.Options()
	o.Attention = []Attention{{Kind: KindMissing, Run: "20260801T100000Z-gone"}, {Kind: KindMissing, Run: "20261101T100000Z-gone"}, {Kind: KindMissing, Run: "whenever"}, {Kind: KindBroken, Text: "the register"}}
	r := Fold(slices.Values([]Journal(nil)), periodtest.Options().Span).Report(o)
	var got []string
	for _, a := range r.Attention {
		got = append(got, a.Kind+" "+a.Run)
	}
	if want := []string{"missing whenever", "missing 20261101T100000Z-gone", "broken "}; !slices.Equal(got, want) || r.Totals.Lost != 3 {
		t.Errorf("%q, %d", got, r.Totals.Lost)
	}
}
