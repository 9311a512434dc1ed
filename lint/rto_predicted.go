package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
)

// leastPredicted is how many earlier runs a prediction must rest on: fewer tell
// nothing of how much a recovery's length varies.
const leastPredicted = 3

// leastChance is how likely a run must be to meet its RTO: a P90 within the target
// says the same.
const leastChance = 0.9

var rtoPredicted = Rule{
	ID: "rto-predicted", Severity: plans.SeverityWarning,
	Summary: "Earlier runs say that a recovery will probably miss its RTO.",
	Why: "A target that was met once is not a target that will be met: of how long a step takes, one drill shows one value. With `--runs` drplan plays the drill " +
		"thousands of times, each step as long as in earlier runs, and warns where fewer than nine in ten of them keep the RTO. `drplan simulate --runs` shows " +
		"which steps carry the risk. It takes three earlier runs.",
	History: true,
	Check: func(p *Pass) {
		planned := map[*plans.Section]bool{} // too long as planned: rto-planned says so
		for _, b := range p.budgets(plannedTime, budget.overPlan) {
			planned[b.section] = true
		}
		for _, d := range p.Drills {
			last := p.History[d.ID].Predicted
			if last == nil || planned[d] || last.Runs < leastPredicted || last.Chance >= leastChance || d.Objective.RTO == 0 {
				continue
			}
			p.Report(d.Name().Node, "see which steps carry the risk: drplan simulate --scenario "+d.ID+" --runs …; mend those, or agree on another target",
				"by %d earlier runs, %s: %.0f %% meet the RTO of %s", last.Runs, last.tenth(), 100*last.Chance, span(d.Objective.RTO))
		}
	},
}

// tenth is what becomes of the slowest tenth.
func (p *Predicted) tenth() string {
	if p.P90 == 0 {
		return "more than one run in ten of this drill runs into a time limit"
	}
	return "one run in ten of this drill takes more than " + span(rounded(p.P90))
}

// rounded leaves three digits at most: more would be a promise.
func rounded(d time.Duration) time.Duration {
	for unit := time.Microsecond; ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
		if unit >= time.Second {
			return d.Round(time.Second)
		}
	}
}
