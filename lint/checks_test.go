package lint

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps/all"
)

// withoutExample are the checks that no plan of a readable size breaks.
var withoutExample = map[string]string{
	plans.RuleTooLarge: "a plan over 8 MiB is no example; TestTooLargeIsSaid makes one",
	unreadableID:       "it is about a file that is no plan, or not there",
}

// checkOnly is what plans says of a plan under one id.
func checkOnly(t *testing.T, id, name string, plan []byte) string {
	t.Helper()
	doc, err := plans.Load(name+".yaml", plan)
	var found plans.Findings
	if doc == nil {
		found = err.(plans.Findings)
	} else {
		found = doc.Check(all.Registry())
	}
	var out []Found
	for _, f := range found {
		if f.Rule == id {
			out = append(out, Found{Finding: f})
		}
	}
	return render(t, out)
}

// Every id that plans reports has words, a plan that breaks it with what is shown of
// it, and one that keeps it.
func TestCheckExamples(t *testing.T) {
	for _, r := range Checks.Rules {
		if withoutExample[r.ID] != "" {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			kinds := map[string]int{}
			for _, e := range r.Examples() {
				kind := strings.TrimRight(e.Name, "_0123456789")
				kinds[kind]++
				got := checkOnly(t, r.ID, e.Name, e.Plan)
				bad := strings.Contains(got, "["+r.ID+"]")
				if bad && *update {
					accept(t, r, e.Name, got)
				} else if diff := cmp.Diff(string(e.Output), got); diff != "" {
					t.Errorf("%s (-want +got), -update accepts it:\n%s", e.Name, diff)
				}
				if bad != (kind == "bad") {
					t.Errorf("%s: it is shown: %v", e.Name, bad)
				}
				if kind == "good" {
					mustHold(t, e)
				}
			}
			if kinds["bad"] == 0 || kinds["good"] == 0 {
				t.Errorf("%s has %v, and wants a bad and a good plan", r.archive(), kinds)
			}
		})
	}
}

// mustHold fails where anything is wrong with a plan that people may copy.
func mustHold(t *testing.T, e Example) {
	t.Helper()
	doc, err := plans.Load("good.yaml", e.Plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range doc.Check(all.Registry()) {
		t.Errorf("%s: %s", e.Name, f)
	}
}

// The list has every id of plans, and an id is in plans.Rules as soon as it has a
// constant: nothing is shown that nobody can look up.
func TestEveryCheckIsDescribed(t *testing.T) {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "../plans/rules.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Rule") && spec.Names[0].Name != "Rules" {
			id, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, id)
		}
		return true
	})
	if len(declared) < 20 {
		t.Fatalf("only %d ids were found", len(declared))
	}
	for _, id := range declared {
		if !slices.Contains(plans.Rules, id) {
			t.Errorf("%s is not in plans.Rules", id)
		}
	}
	for _, id := range append(slices.Clone(plans.Rules), unreadableID) {
		r, ok := Describe(id)
		if !ok || r.Summary == "" || r.Why == "" || r.Severity == "" || !strings.HasSuffix(r.Summary, ".") {
			t.Errorf("there are no words for %q", id)
		}
	}
	for _, r := range Checks.Rules {
		if r.ID != unreadableID && !slices.Contains(plans.Rules, r.ID) {
			t.Errorf("nothing reports %q", r.ID)
		}
	}
}

func TestTooLargeIsSaid(t *testing.T) {
	doc, err := plans.Load("large.yaml", []byte(strings.Repeat("# large\n", plans.MaxBytes/8+1)))
	if found, ok := err.(plans.Findings); doc != nil || !ok || found[0].Rule != plans.RuleTooLarge {
		t.Errorf("a plan that is too large: %v", err)
	}
}
