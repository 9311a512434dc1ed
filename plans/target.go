package plans

import (
	"fmt"
	"slices"

	"github.com/drplan/drplan/plans/expr"
)

// target is what a step's cluster or host names, and what is known of those
// that the plan lists.
type target struct {
	what  string // cluster or host
	text  Text   // a name, or an expression over the parameters
	names []string
	drill func(name string) bool
}

// targetsOf lists the targets that a step names.
func (u *unit) targetsOf(it *item) []target {
	var out []target
	plan := &u.c.doc.Plan
	if it.step.Cluster.Node != nil {
		out = append(out, target{"cluster", it.step.Cluster, plan.Clusters.Names(), func(name string) bool {
			c, ok := plan.Clusters.Get(name)
			return ok && c.Drill
		}})
	}
	if it.step.Host.Node != nil {
		out = append(out, target{"host", it.step.Host, plan.Hosts.Names(), func(name string) bool {
			h, ok := plan.Hosts.Get(name)
			return ok && h.Drill
		}})
	}
	return out
}

// targets checks cluster and host as far as they are known without parameters.
func (u *unit) targets(it *item) {
	for _, t := range u.targetsOf(it) {
		if !expr.HasExpr(t.text.Value) {
			if !slices.Contains(t.names, t.text.Value) {
				u.errorf(t.text.Node, RuleReference, didYouMean(t.text.Value, t.names), "the plan has no %s %q", t.what, t.text.Value)
			}
			continue
		}
		refs, err := expr.References(t.text.Value)
		if err == nil && (len(refs.Steps) > 0 || len(refs.Secrets) > 0 || refs.Item || refs.Run) {
			u.errorf(t.text.Node, RuleExpression, "such as ${params."+t.what+"}", "%q must be known before the run: it can read parameters, nothing else", t.what)
			continue
		}
		u.template(it, t.text.Node, u.plain, false)
	}
}

// name is the target's name with the run's parameters.
func (u *unit) name(t target, params map[string]any) (string, error) {
	if !expr.HasExpr(t.text.Value) {
		return t.text.Value, nil
	}
	v, err := u.plain.Eval(t.text.Value, expr.Vars{Params: params})
	if err != nil {
		return "", &UsageError{Msg: fmt.Sprintf("the %s of line %d cannot be told: %v", t.what, t.text.Node.Line, err)}
	}
	name := fmt.Sprint(v)
	if !slices.Contains(t.names, name) {
		return "", &UsageError{fmt.Sprintf("the plan has no %s %q, which line %d asks for", t.what, name, t.text.Node.Line), didYouMean(name, t.names)}
	}
	return name, nil
}

// resolveTargets puts the names of clusters and hosts into the steps.
func (u *unit) resolveTargets(params map[string]any) error {
	for _, it := range u.items {
		for _, t := range u.targetsOf(it) {
			name, err := u.name(t, params)
			if err != nil {
				return err
			}
			if t.what == "cluster" {
				it.spec.Cluster = name
			} else {
				it.spec.Host = name
			}
		}
	}
	return nil
}

// isolation reports the steps of a drill that would change a cluster or a host
// that no drill may change. Parameters that have no value yet prove nothing.
func (u *unit) isolation(params map[string]any) Findings {
	var out Findings
	for _, it := range u.items {
		if it.kind == nil || !it.kind.Mutates {
			continue
		}
		for _, t := range u.targetsOf(it) {
			name, err := u.name(t, params)
			if err != nil || !slices.Contains(t.names, name) || t.drill(name) {
				continue
			}
			out = append(out, u.src.finding(t.text.Node, RuleIsolation, SeverityError,
				fmt.Sprintf("let the drill use a %s that is marked `drill: true`", t.what),
				fmt.Sprintf("a drill must not change the %s %q: the step %q would", t.what, name, it.id)))
		}
	}
	return out
}
