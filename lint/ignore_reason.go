package lint

import "github.com/drplan/drplan/plans"

var ignoreReason = Rule{
	ID: "ignore-reason", Severity: plans.SeverityWarning, Ignores: true,
	Summary: "A finding is suppressed, and nobody says why.",
	Why:     "The next reader has to judge whether it still holds: whether the replica is still there, whether the console still asks. A suppression without a reason outlives what it was for.",
	Check: func(p *Pass) {
		for _, s := range p.ignores {
			if s.instead == "" && len(s.rules) > 0 && s.reason == "" {
				p.reportIgnore(s, "add the reason: # drplan:ignore "+s.ids()+" -- reason", "nobody will know why this was suppressed")
			}
		}
	},
}
