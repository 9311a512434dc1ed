package plans

import (
	"fmt"
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// unit is what is compiled together: the steps of a procedure, or those of a
// drill's own phases around one.
type unit struct {
	*reporter
	c        *compiler
	outer    *unit // of a drill: its procedure
	params   Map[Param]
	items    []*item
	byID     map[string]*item // with those of outer
	refusals Findings         // why a run must not start
	scope    expr.Scope
	plain    *expr.Env // for steps
	each     *expr.Env // for steps with for_each: item and key are there
	edges    int
}

// item is one step on its way to a node.
type item struct {
	step  *Step
	phase engine.Phase
	id    string
	kind  *kind // nil where the step's type does not hold
	input Pair  // the type's key and value

	list     []*item // what it needs by its place
	explicit []Text  // what it needs by its own needs and its groups'
	refs     []string
	needs    []string // all of it
	spec     steps.Spec
}

func (c *compiler) newUnit(outer *unit, params Map[Param]) *unit {
	return &unit{reporter: &reporter{src: c.doc.src}, c: c, outer: outer, params: params, byID: map[string]*item{}}
}

// procedure compiles a recovery procedure, once.
func (c *compiler) procedure(p *Entry[Procedure]) *unit {
	if u, ok := c.procedures[p]; ok {
		return u
	}
	u := c.newUnit(nil, p.Value.Params)
	c.procedures[p] = u
	u.sequence(engine.PhaseProcedure, p.Value.Steps, nil, nil)
	u.rowExists(p.Value.Objective)
	u.compile()
	return u
}

// scenario compiles a drill's own phases, once.
func (c *compiler) scenario(index int) *unit {
	if u, ok := c.scenarios[index]; ok {
		return u
	}
	u := c.newScenario(index)
	c.scenarios[index] = u
	return u
}

func (c *compiler) newScenario(index int) *unit {
	s := &c.doc.Plan.Testing.Scenarios[index]
	p := c.doc.procedureOf(index)
	if p == nil {
		u := c.newUnit(nil, nil)
		u.orphan(s)
		return u
	}
	u := c.newUnit(c.procedure(p), p.Value.Params)
	for _, phase := range []struct {
		phase engine.Phase
		steps Steps
	}{{engine.PhaseSetup, s.Setup}, {engine.PhaseDisaster, s.Disaster}, {engine.PhaseChecks, s.Checks}, {engine.PhaseCleanup, s.Cleanup}} {
		u.sequence(phase.phase, phase.steps, nil, nil)
	}
	u.rowExists(s.Objective)
	u.arguments(s.Params, u.params)
	u.compile()
	u.unproven()
	return u
}

// orphan reports on a drill whose procedure is not there.
func (u *unit) orphan(s *Scenario) {
	known := u.c.doc.Plan.Procedures.Names()
	switch {
	case s.bare:
	case s.Procedure.Node != nil:
		u.errorf(s.Procedure.Node, RuleReference, didYouMean(s.Procedure.Value, known), "there is no recovery procedure %q", s.Procedure.Value)
	default:
		u.errorf(s.Node, RuleRequired, didYouMean(Slug(s.Name.Value), known), "the drill %q lacks the key \"procedure\"", s.Name.Value)
	}
}

func (u *unit) rowExists(row Text) {
	if row.Node == nil {
		return
	}
	if _, ok := u.c.doc.Plan.Targets.Get(row.Value); !ok {
		u.errorf(row.Node, RuleReference, didYouMean(row.Value, u.c.doc.Plan.Targets.Names()), "rpo_rto has no row %q", row.Value)
	}
}

// compile takes the items that were listed through every stage. Each goes on
// with what the one before could make of the plan, so that all is found at once.
func (u *unit) compile() {
	u.assignIDs()
	for _, it := range u.items {
		u.resolveKind(it)
	}
	u.openScope()
	for _, it := range u.items {
		u.fill(it)
	}
	u.connect()
	u.refuseCycles()
}

// sequence lists steps that run one after another, the first after those before.
func (u *unit) sequence(phase engine.Phase, list Steps, before []*item, also []Text) {
	for i := range list {
		before = u.place(phase, &list[i], before, also)
	}
}

// place lists a step or a group. Before is what it needs by its place; a needs
// of its own replaces that. Also is what its groups need by theirs.
func (u *unit) place(phase engine.Phase, s *Step, before []*item, also []Text) (last []*item) {
	if s.Needs.Given {
		before, also = nil, slices.Concat(also, s.Needs.IDs)
	}
	switch {
	case present(s.Node, "step") == nil && !s.Group() && len(s.Rest) == 0:
		return before // no step at all: the loader has said so
	case s.Parallel != nil:
		for i := range s.Parallel {
			last = append(last, u.place(phase, &s.Parallel[i], before, also)...)
		}
		return orBefore(last, before)
	case s.Steps != nil:
		return u.chain(phase, s.Steps, before, also)
	}
	it := &item{step: s, phase: phase, list: before, explicit: also}
	u.items = append(u.items, it)
	return []*item{it}
}

// chain lists a group of steps that run one after another. What a member's own
// needs cut off from its successor ends the group as well.
func (u *unit) chain(phase engine.Phase, list Steps, before []*item, also []Text) []*item {
	var loose []*item
	last := before
	for i := range list {
		if i > 0 && list[i].Needs.Given {
			loose = append(loose, last...)
		}
		last = u.place(phase, &list[i], last, also)
	}
	return append(loose, last...)
}

func orBefore(last, before []*item) []*item {
	if len(last) == 0 {
		return before
	}
	return last
}

// assignIDs gives every step its id: its own, else its name's slug, else its
// place; a number makes it the only one. A procedure's ids do not depend on
// the drill that practises it.
func (u *unit) assignIDs() {
	if u.outer != nil {
		for id, it := range u.outer.byID {
			u.byID[id] = it
		}
	}
	for _, it := range u.items {
		if it.step.ID.Node == nil {
			continue
		}
		it.id = it.step.ID.Value
		if other, taken := u.byID[it.id]; taken {
			u.errorf(it.step.ID.Node, RuleDuplicateID, "ids are unique in a procedure and the drills that practise it",
				"the id %q belongs to the step in line %d", it.id, other.step.Node.Line)
			continue
		}
		u.byID[it.id] = it
	}
	counts, place := map[string]int{}, map[engine.Phase]int{}
	for _, it := range u.items {
		place[it.phase]++
		if it.id == "" {
			it.id = u.free(idOf(it.step.Name.Value, place[it.phase]), counts)
			u.byID[it.id] = it
		}
	}
}

func idOf(name string, place int) string {
	if slug := Slug(name); slug != "" {
		return slug
	}
	return fmt.Sprintf("step_%d", place)
}

// free returns the id, else the id with the first number from 2 that makes it free.
func (u *unit) free(id string, counts map[string]int) string {
	if _, taken := u.byID[id]; !taken {
		return id
	}
	for n := max(counts[id], 1) + 1; ; n++ {
		candidate := fmt.Sprintf("%s_%d", id, n)
		if _, taken := u.byID[candidate]; !taken {
			counts[id] = n
			return candidate
		}
	}
}
