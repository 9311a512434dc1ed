package plans

import (
	"fmt"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// Selection is what a person asked to run.
type Selection struct {
	Name   string            // of a drill (id, name or slug), in a recovery of a procedure
	Mode   engine.Mode       // empty: a drill
	Params map[string]string // --param
}

// UsageError is wrong usage: an unknown or ambiguous name, a name of the other
// mode, a parameter that is unknown, missing or of the wrong type.
type UsageError struct{ Msg, Hint string }

func (e *UsageError) Error() string {
	if e.Hint == "" {
		return e.Msg
	}
	return e.Msg + ": " + e.Hint
}

// ScenarioInfo is a drill, for lists and completion.
type ScenarioInfo struct {
	ID, Name, Description string
	Procedure             string // "" where there is none: it cannot run
	Line                  int
}

// ProcedureInfo is a recovery procedure, for lists and completion.
type ProcedureInfo struct {
	Name, Description string
	Objective         string
	Steps             int // groups not counted
	Line              int
}

// Scenarios lists the drills, in the order of the file.
func (doc *Document) Scenarios() []ScenarioInfo {
	out := make([]ScenarioInfo, len(doc.Plan.Testing.Scenarios))
	for i := range out {
		s := &doc.Plan.Testing.Scenarios[i]
		out[i] = ScenarioInfo{ID: doc.scenarioID(i), Name: s.Name.Value, Description: s.Description.Value, Line: s.Node.Line}
		if p := doc.procedureOf(i); p != nil {
			out[i].Procedure = p.Key.Value
		}
	}
	return out
}

// Procedures lists the recovery procedures, in the order of the file.
func (doc *Document) Procedures() []ProcedureInfo {
	out := make([]ProcedureInfo, len(doc.Plan.Procedures))
	for i, p := range doc.Plan.Procedures {
		n := 0
		eachStep(p.Value.Steps, func(s *Step) {
			if !s.Group() {
				n++
			}
		})
		out[i] = ProcedureInfo{p.Key.Value, p.Value.Description.Value, p.Value.Objective.Value, n, p.Key.Node.Line}
	}
	return out
}

// scenarioID is the id of the drill with an index: its own, else its name's
// slug, else its place in the list.
func (doc *Document) scenarioID(i int) string {
	s := &doc.Plan.Testing.Scenarios[i]
	if s.ID.Value != "" {
		return s.ID.Value
	}
	if slug := Slug(s.Name.Value); slug != "" {
		return slug
	}
	return fmt.Sprintf("scenario_%d", i+1)
}

// procedureOf finds a drill's procedure: the one it names, else the one whose
// slug is its own id or its name's slug. Nil: there is none.
func (doc *Document) procedureOf(i int) *Entry[Procedure] {
	s := &doc.Plan.Testing.Scenarios[i]
	for j := range doc.Plan.Procedures {
		p := &doc.Plan.Procedures[j]
		if s.Procedure.Value == p.Key.Value {
			return p
		}
		if slug := Slug(p.Key.Value); s.Procedure.Node == nil && slug != "" && (slug == doc.scenarioID(i) || slug == Slug(s.Name.Value)) {
			return p
		}
	}
	return nil
}

// name is a thing that can be run, by all that it answers to.
type name struct {
	index    int
	exact    []string
	slug     string
	asListed string
}

func (doc *Document) scenarioNames() []name {
	out := make([]name, len(doc.Plan.Testing.Scenarios))
	for i := range out {
		s := &doc.Plan.Testing.Scenarios[i]
		out[i] = name{i, []string{doc.scenarioID(i), s.Name.Value}, Slug(s.Name.Value), doc.scenarioID(i)}
	}
	return out
}

func (doc *Document) procedureNames() []name {
	out := make([]name, len(doc.Plan.Procedures))
	for i, p := range doc.Plan.Procedures {
		out[i] = name{i, []string{p.Key.Value}, Slug(p.Key.Value), p.Key.Value}
	}
	return out
}

// find returns those that answer to what was asked, by id or name where one
// does, else by slug.
func find(all []name, asked string) (found []name) {
	for _, n := range all {
		for _, e := range n.exact {
			if e == asked {
				found = append(found, n)
				break
			}
		}
	}
	if slug := Slug(asked); len(found) == 0 && slug != "" {
		for _, n := range all {
			if n.slug == slug || n.asListed == slug {
				found = append(found, n)
			}
		}
	}
	return found
}

// choose finds the one thing that a selection means.
func (doc *Document) choose(sel Selection) (index int, err error) {
	all, others := doc.scenarioNames(), doc.procedureNames()
	if sel.Mode == engine.ModeRecovery {
		all, others = others, all
	}
	found := find(all, sel.Name)
	switch {
	case len(found) == 1:
		return found[0].index, nil
	case len(found) > 1:
		return 0, &UsageError{fmt.Sprintf("%q is ambiguous", sel.Name), "it could be " + strings.Join(listNames(found), " or ")}
	}
	if other := find(others, sel.Name); len(other) > 0 {
		return 0, doc.otherMode(sel, other[0].asListed)
	}
	return 0, doc.unknown(sel, listNames(all))
}

func listNames(all []name) []string {
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = n.asListed
	}
	return out
}

func (doc *Document) otherMode(sel Selection, listed string) error {
	if sel.Mode == engine.ModeRecovery {
		return &UsageError{fmt.Sprintf("%q is a drill, not a recovery procedure", sel.Name),
			fmt.Sprintf("to practise, run: drplan run %s --scenario %s", doc.Path, listed)}
	}
	return &UsageError{fmt.Sprintf("%q is a recovery procedure, not a drill", sel.Name),
		fmt.Sprintf("to recover for real, run: drplan run %s --scenario %s --mode recovery", doc.Path, listed)}
}

func (doc *Document) unknown(sel Selection, known []string) error {
	what := "drill"
	if sel.Mode == engine.ModeRecovery {
		what = "recovery procedure"
	}
	msg := fmt.Sprintf("there is no %s %q", what, sel.Name)
	if sel.Name == "" {
		msg = "say with --scenario which " + what + " to run"
	}
	if len(known) == 0 {
		return &UsageError{msg, "the plan has none"}
	}
	hint := "the plan has " + listed(known)
	if near := steps.Nearest(sel.Name, known); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near) + hint
	}
	return &UsageError{msg, hint}
}
