package lint

import "github.com/drplan/drplan/plans"

var ignoreForm = Rule{
	ID: "ignore-form", Severity: plans.SeverityWarning, Ignores: true,
	Summary: "A comment was meant to suppress a finding, and is written so that it does not.",
	Why: "What suppresses is `# drplan:ignore rule-id -- reason`, in small letters and with two hyphens. `drplan: ignore`, `drplan_ignore`, another linter's word, or a dash that an " +
		"editor made of the two hyphens suppress nothing, and the next reader believes that somebody has looked at it.",
	Check: func(p *Pass) {
		for _, s := range p.ignores {
			if s.instead != "" {
				p.reportIgnore(s, "write it as "+s.instead, "this suppresses nothing: it is not written as a suppression")
			}
		}
	},
}
