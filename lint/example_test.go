package lint

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps/all"
)

var update = flag.Bool("update", false, "write what is shown into the examples")

// today is the day of the examples.
var today = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// lintOnly is what a rule shows of a plan, with the rules about suppressions.
func lintOnly(t *testing.T, rule, name string, plan []byte) []Found {
	t.Helper()
	doc, err := plans.Load(name+".yaml", plan)
	if err != nil {
		t.Fatalf("%s.yaml does not load: %v", name, err)
	}
	l := Linter{Registry: all.Registry(), Now: today, Only: []string{rule, unusedIgnore.ID, ignoreReason.ID, unknownRule.ID, ignoreForm.ID}}
	return l.Lint(doc, nil, exampleHistory)
}

// exampleHistory is what the examples' runs folder would say.
var exampleHistory = History{
	"changed": {Run: "20260801T090000Z-changed-aaaa", At: time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC), Changed: []string{"the step restore has another timeout"}},
	"slow": {Run: "20260801T090000Z-slow-aaaa", At: time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC),
		Predicted: &Predicted{Runs: 12, P90: 65 * time.Minute, Chance: 0.82}},
	"stuck": {Run: "20260801T090000Z-stuck-aaaa", At: time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC), Predicted: &Predicted{Runs: 5, Chance: 0.7}},
	"fast": {Run: "20260801T090000Z-fast-aaaa", At: time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC),
		Predicted: &Predicted{Runs: 12, P90: 40 * time.Minute, Chance: 0.99}},
	"young": {Run: "20260801T090000Z-young-aaaa", At: time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC), Predicted: &Predicted{Runs: 2, P90: 65 * time.Minute}},
	"same":  {Run: "20260801T090000Z-same-aaaa", At: time.Date(2026, 8, 1, 9, 0, 0, 0, time.UTC)},
}

func render(t *testing.T, found []Found) string {
	t.Helper()
	var b bytes.Buffer
	for _, f := range found {
		if err := f.Render(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

var comment = regexp.MustCompile(`(?m)#\s*drplan:ignore.*$`)

// Every rule has a plan that breaks it, with what is shown of it, one that keeps it,
// and one whose finding is suppressed, and would be there without the suppression.
func TestExamples(t *testing.T) {
	for _, id := range IDs() {
		t.Run(id, func(t *testing.T) {
			r, _ := Find(id)
			kinds := map[string]int{}
			for _, e := range r.Examples() {
				kind := regexp.MustCompile(`^[a-z]+`).FindString(e.Name)
				kinds[kind]++
				got := render(t, lintOnly(t, id, e.Name, e.Plan))
				switch {
				case kind == "bad" && *update:
					accept(t, r, e.Name, got)
				case kind == "bad" && !strings.Contains(got, "["+id+"]"):
					t.Errorf("%s: the rule finds nothing", e.Name)
				}
				if diff := cmp.Diff(string(e.Output), got); diff != "" && !*update {
					t.Errorf("%s (-want +got), -update accepts it:\n%s", e.Name, diff)
				}
				if kind != "ignored" {
					continue
				}
				without := comment.ReplaceAll(e.Plan, nil)
				if at := bytes.Index(e.Plan, []byte(", "+id)); r.Ignores && at > 0 { // what it is about is the comment itself
					without = slices.Concat(e.Plan[:at], e.Plan[at+len(", "+id):])
				}
				if bare := render(t, lintOnly(t, id, e.Name, without)); !strings.Contains(bare, "["+id+"]") {
					t.Errorf("%s: there is nothing to suppress", e.Name)
				}
			}
			if kinds["bad"] == 0 || kinds["good"] == 0 || kinds["ignored"] == 0 {
				t.Errorf("%s has %v, and wants at least one each of bad, good and ignored", r.archive(), kinds)
			}
		})
	}
}

// accept writes what is shown of a plan into the rule's file.
func accept(t *testing.T, r *Rule, name, got string) {
	t.Helper()
	data, err := os.ReadFile(r.archive())
	if err != nil {
		t.Fatal(err)
	}
	a := txtar.Parse(data)
	for i, f := range a.Files {
		if f.Name != name+".yaml" {
			continue
		}
		out := txtar.File{Name: name + ".out", Data: []byte(got)}
		if i+1 < len(a.Files) && a.Files[i+1].Name == out.Name {
			a.Files[i+1] = out
		} else {
			a.Files = append(a.Files[:i+1], append([]txtar.File{out}, a.Files[i+1:]...)...)
		}
		break
	}
	if err := os.WriteFile(r.archive(), txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Rules are told apart, and say all that is asked of them.
func TestRulesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range Groups {
		for _, r := range g.Rules {
			if seen[r.ID] || known(r.ID) && !isOurs(r.ID) {
				t.Errorf("the id %q is taken", r.ID)
			}
			seen[r.ID] = true
			if r.Summary == "" || r.Why == "" || r.Check == nil || !strings.HasSuffix(r.Summary, ".") {
				t.Errorf("%s lacks Summary (a sentence), Why or Check", r.ID)
			}
		}
	}
}

func isOurs(id string) bool { _, ok := Find(id); return ok }
