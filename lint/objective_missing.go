package lint

import (
	"strings"

	"github.com/drplan/drplan/plans"
)

var objectiveMissing = Rule{
	ID: "objective-missing", Severity: plans.SeverityInfo,
	Summary: "A procedure does not say which of several objectives it is held to.",
	Why: "Without `objective:` the strictest RPO and the strictest RTO of all rows count, which may be of two different rows: " +
		"a staging procedure then fails by production's measure. Of a plan where no procedure names one, it is said once.",
	Check: func(p *Pass) {
		rows := p.Plan().Targets.Names()
		if len(rows) < 2 {
			return
		}
		var without []*plans.Section
		for _, proc := range p.Procedures {
			if proc.Procedure.Value.Objective.Node == nil {
				without = append(without, proc)
			}
		}
		hint := "write it as an object with `objective:` (" + strings.Join(rows, ", ") + ") and `steps:`"
		if len(without) > 1 && len(without) == len(p.Procedures) {
			p.Report(p.keyOf("recovery_procedures"), hint, "no procedure says which row of rpo_rto it is held to: the strictest counts for each")
			return
		}
		for _, proc := range without {
			p.Report(proc.Name().Node, hint, "the procedure %q does not say which row of rpo_rto it is held to: the strictest counts", proc.ID)
		}
	},
}
