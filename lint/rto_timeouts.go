package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
)

var rtoTimeouts = Rule{
	ID: "rto-timeouts", Severity: plans.SeverityInfo,
	Summary: "The steps may take longer than the RTO before any of them times out.",
	Why: "Deadlines that add up to more than the RTO let a recovery hang past its objective while nobody is told: no step has failed yet. " +
		"The deadlines that are written down count, with the planned times, along the longest way through the steps; defaults and steps with a `when:` do not. " +
		"Google's SRE book (chapter 22, \"Latency and Deadlines\") advises to give each part what is left of the whole. " +
		"Where late is better than never, leave it.",
	Check: func(p *Pass) {
		planned := map[*plans.Section]bool{}
		for _, b := range p.budgets(plannedTime, budget.overPlan) {
			planned[b.section] = true // rto-planned has said worse
		}
		for _, b := range p.budgets(longestTime, func(b budget) bool { return b.takes > b.rto }) {
			if planned[b.section] || planned[b.section.Practised] {
				continue
			}
			p.Report(b.section.Name().Node, "set `timeout:` so that what decides the way adds up to less than the RTO",
				"%s may take %s before a step times out (%s), and the RTO of %s is %s", b.section.ID, span(b.takes), b.steps(longestTime), b.row, span(b.rto))
		}
	},
}

// longestTime is how long a step may take by what the plan says, if it runs in every case.
func longestTime(st *plans.OutlineStep) time.Duration {
	switch {
	case st.When.Node != nil:
		return 0
	case st.HasPlan:
		return st.Planned
	case st.Step.Timeout.Node != nil:
		return st.Timeout
	}
	return 0
}
