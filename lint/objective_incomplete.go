package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
)

var objectiveIncomplete = Rule{
	ID: "objective-incomplete", Severity: plans.SeverityWarning,
	Summary: "An objective lacks its RPO or its RTO.",
	Why: "The RPO bounds what is lost, the RTO how long it takes; the one says nothing of the other. A recovery in a minute of yesterday's data keeps an RTO alone. " +
		"What has no data needs no RPO: a plan without backups and without a step that restores data is not asked for one.",
	Check: func(p *Pass) {
		for _, row := range p.Plan().Targets {
			rpo, rto := row.Value.RPO.Node != nil, row.Value.RTO.Node != nil
			switch {
			case !rpo && !rto:
				p.Report(row.Key.Node, "such as `{rpo: 15 minutes, rto: 1 hour}`", "the objective %s has neither an RPO nor an RTO", row.Key.Value)
			case !rpo && p.hasData():
				p.Report(row.Key.Node, "add `rpo:`", "the objective %s does not say how much may be lost", row.Key.Value)
			case !rto:
				p.Report(row.Key.Node, "add `rto:`", "the objective %s does not say how long recovery may take", row.Key.Value)
			}
		}
	},
}

// hasData reports whether the plan has data to lose, as far as it shows.
func (s *Subject) hasData() bool {
	calls := s.callsByStep()
	return len(s.Plan().Backups) > 0 || slices.ContainsFunc(s.Procedures, func(proc *plans.Section) bool { return restores(proc, calls) != nil })
}
