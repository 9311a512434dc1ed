package lint

import "github.com/drplan/drplan/plans"

var noObjectives = Rule{
	ID: "no-objectives", Severity: plans.SeverityWarning,
	Summary: "The plan says neither how much may be lost nor how long it may take.",
	Why: "Without `rpo_rto` no run can miss anything, and nobody can say whether the plan is good enough. " +
		"NIST SP 800-34 Rev. 1 section 3.2, the business impact analysis, has both set before a strategy is chosen.",
	Check: func(p *Pass) {
		if len(p.Plan().Targets) == 0 && len(p.Procedures) > 0 {
			p.Report(p.keyOf("rpo_rto"), "add `rpo_rto:` with a row such as `production: {rpo: 15 minutes, rto: 1 hour}`", "the plan has no objectives")
		}
	},
}
