package plans_test

import (
	"encoding/json"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/planstest"
	"github.com/drplan/drplan/steps"
)

// TestAClusterIsNamedOnlyWhereItIsNeeded: of two steps of one kind, the one whose
// field needs a cluster gets the plan's.
func TestAClusterIsNamedOnlyWhereItIsNeeded(t *testing.T) {
	doc, err := plans.Load("plan", []byte(`
disaster_recovery_plan:
  version: "1.0"
  clusters: {main: {context: a}}
  recovery_procedures:
    p:
      - {step: needs none, verify: ["${true}"]}
      - {step: needs it, verify: {pods: "${run.id}"}}
`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := doc.Compile(planstest.Registry(), plans.Selection{Name: "p", Mode: engine.ModeRecovery})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "main"} {
		var spec steps.Spec
		if err := json.Unmarshal(c.Graph.Nodes[i].Spec, &spec); err != nil {
			t.Fatal(err)
		}
		got := ""
		if spec.Cluster != nil {
			got = spec.Cluster.Name
		}
		if got != want {
			t.Errorf("step %d: cluster %q, want %q", i, got, want)
		}
	}
}
