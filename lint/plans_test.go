package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps/all"
)

// shown is all that the rules say of a plan.
func shown(t *testing.T, path string, plan []byte) string {
	t.Helper()
	doc, err := plans.Load(path, plan)
	if err != nil {
		t.Fatal(err)
	}
	l := Linter{Registry: all.Registry(), Now: today}
	return render(t, l.Lint(doc, nil, nil))
}

// The plans that people copy from are clean.
func TestExamplePlansAreClean(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"../examples/*/dr-plan.yaml", "../cmd/drplan/starters/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) < 13 {
		t.Fatalf("only %d plans were found", len(paths))
	}
	for _, path := range paths {
		t.Run(strings.ReplaceAll(path, "/", "_"), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(t, path, data); got != "" {
				t.Errorf("the rules object:\n%s", got)
			}
		})
	}
}

var yamlBlock = regexp.MustCompile("(?s)```ya?ml\n(.*?)```")

// The whole plans in the documentation show one thing each, and may lack others: they
// have no errors.
func TestPlansInTheDocsHold(t *testing.T) {
	paths, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob("../examples/*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range append(append(paths, examples...), "../README.md", "../CONTRIBUTING.md") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range yamlBlock.FindAllStringSubmatch(string(data), -1) {
			if !strings.HasPrefix(m[1], "disaster_recovery_plan:") && !strings.Contains(m[1], "\ndisaster_recovery_plan:") {
				continue
			}
			seen++
			doc, err := plans.Load(path, []byte(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range (Linter{Registry: all.Registry(), Now: today}).Lint(doc, nil, nil) {
				if f.Severity == plans.SeverityError {
					t.Errorf("in the block: %s", f.Finding)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no plan was found")
	}
}

// What is said of the plan that the format comes from.
func TestSeed(t *testing.T) {
	const plan = "../examples/seed/original.yaml"
	data, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/seed.out", shown(t, "original.yaml", data))
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update accepts it:\n%s", path, diff)
	}
}

// Plans as teams write them, from the public procedures of EKS, kubeadm, k3s,
// OpenShift, RKE2, Rancher and databases: what is said of each was read, and holds.
func TestRealisticPlans(t *testing.T) {
	paths, err := filepath.Glob("testdata/realistic/*.yaml")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d plans, %v; at least 15 are wanted", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, strings.TrimSuffix(path, ".yaml")+".out", shown(t, filepath.Base(path), data))
	}
}
