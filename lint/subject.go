package lint

import (
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

// Subject is the plan that the rules look at.
type Subject struct {
	Doc *plans.Document
	*plans.Outline
	Now     time.Time
	History History

	calls []*Call
}

// Plan is the document's plan.
func (s *Subject) Plan() *plans.Plan { return &s.Doc.Plan }

// Sections lists the procedures and then the drills.
func (s *Subject) Sections() []*plans.Section {
	return append(append([]*plans.Section{}, s.Procedures...), s.Drills...)
}

// Steps lists every step of the plan once, also where a YAML alias makes several
// sections have it.
func (s *Subject) Steps() []*plans.OutlineStep {
	var out []*plans.OutlineStep
	seen := map[*yaml.Node]bool{}
	for _, sec := range s.Sections() {
		for _, st := range sec.Steps {
			if !seen[st.Node] {
				seen[st.Node] = true
				out = append(out, st)
			}
		}
	}
	return out
}

// Drilling lists the drills that practise a procedure.
func (s *Subject) Drilling(procedure *plans.Section) []*plans.Section {
	var out []*plans.Section
	for _, d := range s.Drills {
		if d.Practised == procedure {
			out = append(out, d)
		}
	}
	return out
}

// History is what earlier drills tell of a plan: drill's id → the newest. Nil: no
// runs were given.
type History map[string]LastDrill

// LastDrill is the newest drill of a scenario.
type LastDrill struct {
	Run     string
	At      time.Time
	Changed []string // what is another in the plan since then, a line each; none: it is as it was
}
