package lint

import "github.com/drplan/drplan/plans"

var procedureUntested = Rule{
	ID: "procedure-untested", Severity: plans.SeverityWarning,
	Summary: "No drill practises a recovery procedure.",
	Why: "A procedure that was never run is a guess: of its duration, of its order, of the permissions it needs. " +
		"NIST SP 800-34 Rev. 1 section 3.5 asks for tests of each recovery procedure.",
	Check: func(p *Pass) {
		for _, proc := range p.Procedures {
			if len(p.Drilling(proc)) == 0 {
				p.Report(proc.Procedure.Key.Node, "add a drill to `test_scenarios:` with `procedure: "+proc.ID+"`",
					"no drill practises the procedure %q", proc.ID)
			}
		}
	},
}
