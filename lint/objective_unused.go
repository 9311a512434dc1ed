package lint

import "github.com/drplan/drplan/plans"

var objectiveUnused = Rule{
	ID: "objective-unused", Severity: plans.SeverityWarning,
	Summary: "Nothing is held to an objective.",
	Why: "An objective that no procedure, drill or backup names is a promise that nothing keeps: no run measures it. " +
		"A plan whose procedures name no objective at all is held to the strictest row, and this rule says nothing.",
	Check: func(p *Pass) {
		used, strictest := p.usedRows()
		if len(used) == 0 || strictest {
			return
		}
		for _, row := range p.Plan().Targets {
			if !used[row.Key.Value] {
				p.Report(row.Key.Node, "name it in the `objective:` of what must keep it, or take the row away",
					"no procedure, drill or backup is held to the objective %s", row.Key.Value)
			}
		}
	},
}

// usedRows are the rows of rpo_rto that something names, and whether a procedure
// names none, so that the strictest of all counts there.
func (s *Subject) usedRows() (used map[string]bool, strictest bool) {
	used = map[string]bool{}
	for _, sec := range s.Sections() {
		if row := sec.Objective.Row; row != "" {
			used[row] = true
		}
		strictest = strictest || sec.Scenario == nil && sec.Objective.Strictest
	}
	for _, b := range s.Plan().Backups {
		if b.Value.Objective.Node != nil {
			used[b.Value.Objective.Value] = true
		}
	}
	return used, strictest
}
