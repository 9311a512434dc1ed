package docs

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/schema"
	"github.com/drplan/drplan/steps/all"
)

// TestYAML holds every plan to what drplan validate and an editor say of it. A
// fragment is a step or a list of steps: it is checked as a procedure's only steps.
func TestYAML(t *testing.T) {
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			switch b.info {
			case "yaml":
				validates(t, b, b.text)
			case "yaml fragment":
				validates(t, b, inPlan(b.text))
			case "yaml breaks it", "yaml keeps it": // lint's TestExamples says of which rule
				if _, err := plans.Load("plan", []byte(b.text)); err != nil {
					t.Errorf("%s: %v", b, err)
				}
			case "yaml refused": // lint's TestCheckExamples says with which words
				doc, err := plans.Load("plan", []byte(b.text))
				if err == nil && len(doc.Check(all.Registry())) == 0 {
					t.Errorf("%s: nothing is wrong with it", b)
				}
			case "yaml workflow":
				var v any
				if err := yaml.Load([]byte(b.text), &v); err != nil {
					t.Errorf("%s: %v", b, err)
				}
			case "yaml config":
				if _, err := lint.LoadConfig("config", []byte(b.text)); err != nil {
					t.Errorf("%s: %v", b, err)
				}
			}
		}
	}
}

func validates(t *testing.T, b block, plan string) {
	t.Helper()
	doc, err := plans.Load("plan", []byte(plan))
	if err != nil {
		t.Errorf("%s: %v", b, err)
		return
	}
	found := append(doc.Check(all.Registry()), schema.Validate(doc)...)
	for _, f := range found {
		if f.Severity != plans.SeverityInfo {
			t.Errorf("%s: %s", b, f)
		}
	}
}

// inPlan puts a fragment into a minimal plan.
func inPlan(steps string) string {
	first := "        "
	if !strings.HasPrefix(steps, "- ") {
		first = "      - "
	}
	indented := strings.ReplaceAll(strings.TrimRight(steps, "\n"), "\n", "\n        ")
	return "disaster_recovery_plan:\n  version: \"1.0\"\n  clusters: {prod: {context: prod}}\n  recovery_procedures:\n    fragment:\n" + first + indented + "\n"
}
