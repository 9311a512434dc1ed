package drilltest

import (
	"maps"
	"slices"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/schema"
	"github.com/drplan/drplan/steps/all"
)

// Fit holds, where there is no cluster, that each mutant still is one: its edit
// finds in the plan what it changes, what comes of it could be run, and has the
// step in which it must fail. What Run's drill does to the plan first is given too.
func (m Mutants) Fit(t *testing.T, scenario string, first ...Edit) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		t.Run(name, func(t *testing.T) {
			ids := edited(t, scenario, append(slices.Clone(first), m[name].edit))
			if !slices.Contains(ids, m[name].step) {
				t.Errorf("there is no step %s that could fail: the test is out of date", m[name].step)
			}
		})
	}
}

// Edits are what faults do to a plan, by what that is.
type Edits map[string]Edit

// Fit holds, where there is no cluster, that each still fits the plan.
func (e Edits) Fit(t *testing.T, scenario string, first ...Edit) {
	for _, name := range slices.Sorted(maps.Keys(e)) {
		t.Run(name, func(t *testing.T) { edited(t, scenario, append(slices.Clone(first), e[name])) })
	}
}

// edited compiles the example's plan with edits, and returns the ids of its steps.
func edited(t *testing.T, scenario string, edits []Edit) (ids []string) {
	t.Helper()
	d := New(t, scenario)
	d.Edit(edits...)
	doc, err := plans.Load("dr-plan.yaml", []byte(d.Plan))
	if err != nil {
		t.Fatal(err)
	}
	if found := schema.Validate(doc); len(found) > 0 {
		t.Fatal(found)
	}
	c, err := doc.Compile(all.Registry(), plans.Selection{Name: scenario, Mode: engine.ModeDrill})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.NotRunnable) > 0 {
		t.Fatal(c.NotRunnable)
	}
	for _, n := range c.Graph.Nodes {
		ids = append(ids, n.ID)
	}
	return ids
}
