package lint

import "github.com/drplan/drplan/plans"

var constantWhen = Rule{
	ID: "constant-when", Severity: plans.SeverityInfo,
	Summary: "A condition is true in every run.",
	Why: "A reader takes a `when` for a decision. One that is always true hides that there is none, or that the decision which was meant got lost. " +
		"A drill's own steps run in drills only, where `run.mode` is always `drill`.",
	Check: func(p *Pass) {
		for _, st := range p.Steps() {
			if value, known := constant(st); known && value {
				var fix []Edit
				if pair, ok := pairOf(st, "when"); ok {
					fix = p.removePair(st, pair)
				}
				p.ReportFix(st.When.Node, fix, "leave `when:` out", "this is true in every run")
			}
		}
	},
}
