package lint

import "github.com/drplan/drplan/plans"

var noDrills = Rule{
	ID: "no-drills", Severity: plans.SeverityWarning,
	Summary: "The plan has no drill at all.",
	Why: "A plan that was never run is a guess: of its durations, of its order, of the permissions it needs. " +
		"NIST SP 800-34 Rev. 1 section 3.5 asks for tests, training and exercises of every contingency plan.",
	Check: func(p *Pass) {
		if len(p.Drills) == 0 && len(p.Procedures) > 0 {
			p.Report(p.keyOf("testing"), "list drills in `testing.test_scenarios:`, each with `name:` and `procedure:`", "the plan has no drill")
		}
	},
}
