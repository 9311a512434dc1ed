package plans

import (
	"encoding/json"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// Outline is a plan as it was understood, for those who judge it as a whole: every
// procedure and every drill with its steps, their ids, types and needs, beside the
// nodes where they stand. It holds what could be understood of a plan with errors.
type Outline struct {
	Procedures []*Section // in the order of the file
	Drills     []*Section
}

// Section is the steps of a procedure, or those of a drill's own phases.
type Section struct {
	Procedure *Entry[Procedure] // of a drill the one that it practises; nil where there is none
	Scenario  *Scenario         // nil: the section is the procedure itself
	ID        string            // the drill's id, else the procedure's name
	Practised *Section          // of a drill: its procedure's section; nil where there is none
	Steps     []*OutlineStep    // in the order of the file, groups opened
	Objective engine.Objective  // what it is held to
}

// OutlineStep is a step with what the compiler made of it.
type OutlineStep struct {
	*Step
	ID      string
	Phase   engine.Phase
	Kind    steps.Kind // zero where the step's type does not hold
	Type    Pair       // the type's key and value
	Needs   []string   // ids, those of references among them
	Timeout engine.Span
	// Planned is how long people said that it takes: of the kinds that wait.
	// HasPlan is false where nothing is said, or an expression says it.
	Planned engine.Span
	HasPlan bool

	NeedsCluster bool
}

// Whole is all steps that a run of the section has: a drill's own, and those of the
// procedure that it practises, phase by phase.
func (s *Section) Whole() []*OutlineStep {
	if s.Practised == nil {
		return s.Steps
	}
	var out []*OutlineStep
	for _, phase := range engine.Phases {
		for _, list := range [][]*OutlineStep{s.Practised.Steps, s.Steps} {
			for _, st := range list {
				if st.Phase == phase {
					out = append(out, st)
				}
			}
		}
	}
	return out
}

// Name is what people call the section.
func (s *Section) Name() Text {
	if s.Scenario != nil {
		return s.Scenario.Name
	}
	return s.Procedure.Key
}

// Field is the value of one of the step's own fields, also where a bare value
// stands for it; nil where it is absent.
func (s *OutlineStep) Field(name string) *yaml.Node {
	v := s.Type.Value
	switch {
	case v == nil:
		return nil
	case v.Kind == yaml.MappingNode:
		return pairOf(v.Content, name)
	case v.Kind == yaml.SequenceNode && s.Kind.List == name, v.Kind == yaml.ScalarNode && s.Kind.Scalar == name:
		return v
	}
	return nil
}

// Outline compiles every procedure and every drill. What is wrong with them is
// Check's to say.
func (doc *Document) Outline(reg *steps.Registry) *Outline {
	c := doc.reading(reg)
	out := &Outline{}
	byEntry := map[*Entry[Procedure]]*Section{}
	for i := range doc.Plan.Procedures {
		p := &doc.Plan.Procedures[i]
		s := &Section{Procedure: p, ID: p.Key.Value, Steps: c.procedure(p).outline(), Objective: doc.objective(p.Value.Objective)}
		byEntry[p] = s
		out.Procedures = append(out.Procedures, s)
	}
	for i := range doc.Plan.Testing.Scenarios {
		sc, p := &doc.Plan.Testing.Scenarios[i], doc.procedureOf(i)
		s := &Section{Scenario: sc, Procedure: p, ID: doc.scenarioID(i), Practised: byEntry[p], Steps: c.scenario(i).outline()}
		objective := sc.Objective
		if objective.Node == nil && p != nil {
			objective = p.Value.Objective
		}
		s.Objective = doc.objective(objective)
		out.Drills = append(out.Drills, s)
	}
	return out
}

func (u *unit) outline() []*OutlineStep {
	out := make([]*OutlineStep, len(u.items))
	for i, it := range u.items {
		s := &OutlineStep{Step: it.step, ID: it.id, Phase: it.phase, Type: it.input, Needs: it.needs, Timeout: it.step.Timeout.Value}
		if it.kind != nil {
			s.Kind, s.NeedsCluster = it.kind.Kind, it.needsCluster()
			s.Planned, s.HasPlan = planned(it.kind.Kind, it.spec.Input)
			if it.step.Timeout.Node == nil {
				s.Timeout = it.kind.Timeout
			}
		}
		out[i] = s
	}
	return out
}

// planned is how long a step that waits says it does. Its input has expressions
// that are not resolved: a length of time that is one is not known.
func planned(k steps.Kind, input json.RawMessage) (engine.Span, bool) {
	if k.Wait == "" || k.Wait == string(engine.WaitApproval) {
		return 0, false
	}
	step, err := k.Decode(input)
	if err != nil {
		return 0, false
	}
	d, _ := step.(steps.Waiter).Wait()
	return d, true
}

func plannedOf(units ...*unit) map[string]engine.Span {
	out := map[string]engine.Span{}
	for _, u := range units {
		for _, it := range u.items {
			if d, known := planned(it.kind.Kind, it.spec.Input); known {
				out[it.id] = d
			}
		}
	}
	return out
}
