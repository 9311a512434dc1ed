package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
)

var procedureUntested = Rule{
	ID: "procedure-untested", Severity: plans.SeverityWarning,
	Summary: "No drill practises a recovery procedure.",
	Why: "A procedure that was never run is a guess: of its duration, of its order, of the permissions it needs. " +
		"NIST SP 800-34 Rev. 1 section 3.5 asks for tests of each recovery procedure.",
	Check: func(p *Pass) {
		if len(p.Drills) == 0 {
			return // no-drills says so once
		}
		for _, proc := range p.Procedures {
			if len(p.Drilling(proc)) == 0 {
				hint := "add a drill to `test_scenarios:` with `procedure: " + proc.ID + "`"
				if d := p.meantFor(proc); d != nil {
					hint = "the drill \"" + d.Name().Value + "\" may be meant to: write it as an object with `name:` and `procedure: " + proc.ID + "`"
				}
				p.Report(proc.Procedure.Key.Node, hint, "no drill practises the procedure %q", proc.ID)
			}
		}
	},
}

// meantFor is a drill without a procedure whose name has all the words of this one's.
func (s *Subject) meantFor(proc *plans.Section) *plans.Section {
	for _, d := range s.Drills {
		missing := slices.ContainsFunc(wordsOf(proc.ID), func(w string) bool { return !named(d.Name().Value, w) })
		if d.Practised == nil && !missing {
			return d
		}
	}
	return nil
}
