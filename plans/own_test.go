package plans_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

// change changes namespaces, and makes those that it is told to.
type change struct {
	In    []string          `json:"in" doc:"Where."`
	Make  bool              `json:"make" doc:"Make them."`
	Moved map[string]string `json:"moved" doc:"From where to where; those are made."`
}

func (*change) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }

func (c *change) Bounds() steps.Bounds {
	b := steps.Bounds{Changes: append([]string{}, c.In...)}
	if c.Make {
		b.Makes = c.In
	}
	for _, to := range c.Moved {
		b.Changes, b.Makes = append(b.Changes, to), append(b.Makes, to)
	}
	return b
}

// promises is change without Bounds: nobody knows what it changes.
type promises struct{}

func (*promises) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }

func bounded() *steps.Registry {
	kind := func(typ string, make func() steps.Step) steps.Kind {
		return steps.Kind{Type: typ, Summary: "For tests.", Timeout: time.Hour, New: make, List: map[string]string{"change": "in"}[typ], Traits: steps.Traits{Mutates: true, Cluster: true}}
	}
	return steps.NewRegistry(
		kind("change", func() steps.Step { return &change{} }),
		kind("promises", func() steps.Step { return &promises{} }))
}

// TestADrillMayChangeWhatItMakes: in a cluster that is not for drills, and in
// nothing else.
func TestADrillMayChangeWhatItMakes(t *testing.T) {
	const made = `setup: [{step: make, change: {in: ["${params.ns}"], make: true}}]`
	for name, tt := range map[string]struct {
		cluster, drill, procedure string
		refused                   string // the step; "": none
	}{
		"its own":                   {"uid: a", made, "change: [drill-shop]", ""},
		"its own, by a parameter":   {"uid: a", made, `change: ["${params.ns}"]`, ""},
		"one that another step has": {"uid: a", "setup: [{step: look, change: [drill-shop]}]", "change: [drill-shop]", "it"},
		"somebody's":                {"uid: a", made, "change: [production]", "it"},
		"its own and somebody's":    {"uid: a", made, "change: [drill-shop, production]", "it"},
		"what nobody knows yet":     {"uid: a", made, `change: ["${run.id}"]`, "it"},
		"a list that nobody knows":  {"uid: a", made, `change: {in: "${[run.id]}"}`, "it"},
		"the whole cluster":         {"uid: a", made, `change: [""]`, "it"},
		"a kind without bounds":     {"uid: a", made, "promises: {}", "it"},
		"an item of its own":        {"uid: a", made, "change: [\"${item}\"]\n          for_each: [drill-shop]", ""},
		"an item of somebody's":     {"uid: a", made, "change: [\"${item}\"]\n          for_each: [drill-shop, production]", "it"},
		"items that nobody knows":   {"uid: a", made, "change: [\"${item}\"]\n          for_each: ${[run.id]}", "it"},
		"what it is moved to":       {"uid: a", "setup: []", `change: {moved: "${ {'production': params.ns} }"}`, ""},
		"another cluster, perhaps":  {"drill: false", made, "change: [drill-shop]", "it"},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := plans.Load("plan", fmt.Appendf(nil, `
disaster_recovery_plan:
  version: "1.0"
  clusters: {main: {context: a, %s}}
  recovery_procedures:
    p:
      params: {ns: {default: production}}
      steps:
        - step: It
          id: it
          %s
  testing:
    test_scenarios:
      - name: d
        procedure: p
        params: {ns: drill-shop}
        %s
`, tt.cluster, tt.procedure, tt.drill))
			if err != nil {
				t.Fatal(err)
			}
			c, err := doc.Compile(bounded(), plans.Selection{Name: "d"})
			if err != nil {
				t.Fatal(err)
			}
			switch found := c.NotRunnable; {
			case tt.refused == "" && len(found) > 0, tt.refused != "" && len(found) == 0:
				t.Errorf("refused: %v, want %q", found, tt.refused)
			case tt.refused != "" && !strings.Contains(found[0].Message, fmt.Sprintf("the step %q", tt.refused)):
				t.Errorf("refused: %v, want %q", found, tt.refused)
			}
		})
	}
}
