package lint

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/expr"
)

var cleanupReadsOutputs = Rule{
	ID: "cleanup-reads-outputs", Severity: plans.SeverityWarning,
	Summary: "A cleanup needs outputs that a failed run has not got.",
	Why: "The phase `cleanup` runs whatever happened, and after a failure most of all. A step that was skipped or failed has no outputs: a step of the cleanup that reads them fails then, too, and leaves behind what it was to take away. " +
		"`when: \"${has(steps.x.y)}\"` asks first.",
	Check: func(p *Pass) {
		for _, d := range p.Drills {
			tidying := inPhase(d, engine.PhaseCleanup)
			for _, st := range tidying {
				p.unasked(st, tidying)
			}
		}
	},
}

// unasked reports the first output of another phase's step that a step reads without
// having asked whether there is any.
func (p *Pass) unasked(st *plans.OutlineStep, tidying []*plans.OutlineStep) {
	at, id := outputRead(st.Node, func(id string) bool {
		return !slices.ContainsFunc(tidying, func(o *plans.OutlineStep) bool { return o.ID == id })
	})
	if at == nil {
		return
	}
	p.Report(at, "ask first, with `when: \"${has(steps."+id+".NAME)}\"`",
		"where the step %s was not reached or failed, this step of the cleanup fails, too: there are no outputs of it to read", id)
}

// outputRead finds the first expression below a node that reads outputs of a step that
// counts; none where any expression asks with has() what there is.
func outputRead(n *yaml.Node, counts func(id string) bool) (at *yaml.Node, id string) {
	asks := false
	var visit func(*yaml.Node)
	visit = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && expr.HasExpr(n.Value) {
			asks = asks || strings.Contains(n.Value, "has(steps.")
			if refs, err := expr.References(n.Value); err == nil && at == nil {
				if i := slices.IndexFunc(refs.Steps, counts); i >= 0 {
					at, id = n, refs.Steps[i]
				}
			}
		}
		for _, child := range n.Content {
			visit(child)
		}
	}
	visit(n)
	if asks {
		return nil, ""
	}
	return at, id
}
