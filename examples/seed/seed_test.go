// Package seed checks the two plans of this folder.
package seed

import (
	"os"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/schema"
	"github.com/drplan/drplan/steps/all"
)

func load(t *testing.T, path string) *plans.Document {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := plans.Load(path, data)
	if err != nil {
		t.Fatal(err)
	}
	if found := schema.Validate(doc); len(found) > 0 {
		t.Fatal(found)
	}
	return doc
}

// The plan as it was written down validates and compiles; what it cannot run,
// it says.
func TestOriginal(t *testing.T) {
	doc := load(t, "original.yaml")
	count := map[string]int{}
	for _, f := range doc.Check(all.Registry()) {
		count[f.Severity+" "+f.Rule]++
	}
	want := map[string]int{"warning placeholder": 5, "info no-procedure": 3}
	if len(count) != len(want) || count["warning placeholder"] != 5 || count["info no-procedure"] != 3 {
		t.Errorf("got %v, want %v", count, want)
	}
	for name, runs := range map[string]bool{"etcd_failure": true, "namespace_deletion": false, "complete_cluster_loss": false} {
		c, err := doc.Compile(all.Registry(), plans.Selection{Name: name, Mode: engine.ModeRecovery})
		if err != nil {
			t.Fatal(err)
		}
		if (len(c.NotRunnable) == 0) != runs {
			t.Errorf("%s: got %v", name, c.NotRunnable)
		}
	}
}

// The runnable plan has nothing to complain of, and everything in it can start.
func TestRunnable(t *testing.T) {
	doc := load(t, "dr-plan.yaml")
	for _, f := range doc.Check(all.Registry()) {
		if f.Severity != plans.SeverityInfo {
			t.Error(f)
		}
	}
	var sels []plans.Selection
	for _, s := range doc.Scenarios() {
		sels = append(sels, plans.Selection{Name: s.ID, Mode: engine.ModeDrill})
	}
	for _, p := range doc.Procedures() {
		sel := plans.Selection{Name: p.Name, Mode: engine.ModeRecovery}
		if p.Name == "persistent_volume_corruption" {
			sel.Params = map[string]string{"backup": "nightly"}
		}
		sels = append(sels, sel)
	}
	if len(sels) != 8 {
		t.Fatalf("got %d drills and procedures, want four of each", len(sels))
	}
	for _, sel := range sels {
		c, err := doc.Compile(all.Registry(), sel)
		if err != nil {
			t.Errorf("%s: %v", sel.Name, err)
			continue
		}
		if len(c.NotRunnable) > 0 {
			t.Errorf("%s: %v", sel.Name, c.NotRunnable)
		}
		if _, err := engine.New(engine.Header{Format: engine.Format, Mode: sel.Mode, Graph: c.Graph}); err != nil {
			t.Errorf("%s: the engine refuses the graph: %v", sel.Name, err)
		}
	}
}
