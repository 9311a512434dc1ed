package plans

import (
	"fmt"
	"maps"
	"slices"

	"github.com/drplan/drplan/steps"
)

// Check finds all that is wrong with a plan: what Load found, and what shows
// when every procedure and every drill is compiled. Placeholders are warnings,
// a drill that cannot run is an info; see Findings.Errors for the rest.
func (doc *Document) Check(reg *steps.Registry) Findings {
	c := doc.reading(reg)
	all := slices.Clone(doc.found)
	add := func(u *unit) {
		all = append(all, u.list...)
		for _, f := range u.refusals {
			f.Severity = SeverityWarning
			all = append(all, f)
		}
	}
	for i := range doc.Plan.Procedures {
		add(c.procedure(&doc.Plan.Procedures[i]))
	}
	for i := range doc.Plan.Testing.Scenarios {
		u := c.scenario(i)
		add(u)
		all = append(all, doc.notes(i, u)...)
	}
	return all.sorted()
}

// notes say why a drill that holds cannot run as it stands.
func (doc *Document) notes(i int, u *unit) Findings {
	s, p := &doc.Plan.Testing.Scenarios[i], doc.procedureOf(i)
	if s.Name.Node == nil {
		return nil
	}
	if p == nil {
		if s.bare {
			return Findings{doc.noProcedure(s, SeverityInfo)}
		}
		return nil
	}
	out := u.notIsolated(p, s)
	for j := range p.Value.Params {
		name, param := p.Value.Params[j].Key.Value, &p.Value.Params[j].Value
		if _, given := s.Params.Get(name); given || param.Default != nil {
			continue
		}
		out = append(out, doc.src.finding(s.Name.Node, RuleParameter, SeverityInfo, "give it under `params:`, or with --param "+name+"=…",
			fmt.Sprintf("the drill %q gives no value to the parameter %q", s.Name.Value, name)))
	}
	return out
}

// notIsolated are the refusals of isolation as warnings, with the parameters'
// values as far as the plan has them.
func (u *unit) notIsolated(p *Entry[Procedure], s *Scenario) Findings {
	params := map[string]any{}
	for i := range p.Value.Params {
		one := p.Value.Params[i : i+1]
		if v, err := resolveParams(one, s.Params, nil); err == nil {
			maps.Copy(params, v)
		}
	}
	made := u.made(params)
	out := slices.Concat(u.isolation(params, made), u.outer.isolation(params, made))
	for i := range out {
		out[i].Severity = SeverityWarning
	}
	return out
}
