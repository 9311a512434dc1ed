package lint

import "github.com/drplan/drplan/plans"

var rtoPlanned = Rule{
	ID: "rto-planned", Severity: plans.SeverityError,
	Summary: "The planned times alone use up the RTO.",
	Why: "What the plan says that people (`duration`) and waits (`timer`) take, one after another where one needs the other, is as long as the RTO or longer. " +
		"The clock runs from the first disaster step to the last verification, so the objective is missed before the first restore has taken a second. " +
		"NIST SP 800-34 Rev. 1 section 3.2.1 calls the RTO the longest time that a resource may be unavailable. Steps with a `when:` do not count: they may be skipped.",
	Check: func(p *Pass) {
		for _, b := range p.budgets(plannedTime, budget.overPlan) {
			verdict := "more than"
			if b.takes == b.rto {
				verdict = "all of"
			}
			p.Report(b.section.Name().Node, "do at one time what does not wait for each other (`parallel:`, `needs:`), plan less, or agree on a longer RTO",
				"%s plans %s (%s): %s the RTO of %s of %s", b.section.ID, span(b.takes), b.steps(plannedTime), verdict, span(b.rto), b.row)
		}
	},
}
