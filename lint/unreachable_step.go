package lint

import "github.com/drplan/drplan/plans"

var unreachableStep = Rule{
	ID: "unreachable-step", Severity: plans.SeverityWarning,
	Summary: "A step is never run.",
	Why: "A `when` that is false in every run skips its step in every run: what the plan seems to do, it does not do, and no drill will ever show it. " +
		"A step that reads the outputs of a skipped one fails. A drill's own steps run in drills only, where `run.mode` is always `drill`.",
	Check: func(p *Pass) {
		for _, st := range p.Steps() {
			if value, known := constant(st); known && !value {
				more := ""
				if p.outputsRead(st) {
					more = ", and a step that reads its outputs fails"
				}
				p.Report(st.When.Node, "take the step away, or say when it is to run", "this is false in every run: the step %q is never run%s", st.ID, more)
			}
		}
	},
}
