package lint

import "github.com/drplan/drplan/plans"

var unknownRule = Rule{
	ID: "unknown-rule", Severity: plans.SeverityWarning, Ignores: true,
	Summary: "A suppression names no rule, or one that there is not.",
	Why:     "It suppresses nothing. Where it is a rule of a later drplan, which others have already, `unknown-rule` beside it says so: `# drplan:ignore that-rule, unknown-rule -- reason`.",
	Check: func(p *Pass) {
		for _, s := range p.ignores {
			if s.instead != "" {
				continue
			}
			if len(s.rules) == 0 {
				p.reportIgnore(s, "write it as # drplan:ignore rule-id -- reason", "this suppresses nothing: it names no rule")
			}
			for _, rule := range s.rules {
				if !rule.known {
					p.reportIgnore(s, rule.hint, "there is no rule "+rule.id)
				}
			}
		}
	},
}
