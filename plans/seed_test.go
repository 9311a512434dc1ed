package plans_test

import (
	"os"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

func TestSeed(t *testing.T) {
	data, err := os.ReadFile("testdata/seed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := plans.Load("dr-plan.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range doc.Check(registry()) {
		f.Render(os.Stdout)
	}
	for _, p := range doc.Procedures() {
		c, err := doc.Compile(registry(), plans.Selection{Name: p.Name, Mode: engine.ModeRecovery})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range c.Graph.Nodes {
			t.Logf("%s %v %s %s", n.ID, n.Needs, n.Timeout, n.Spec)
		}
	}
}
