package lint

import "github.com/drplan/drplan/plans"

const unusedIgnoreID = "unused-ignore"

var unusedIgnore = Rule{
	ID: unusedIgnoreID, Severity: plans.SeverityWarning, Ignores: true,
	Summary: "There is nothing to suppress where a suppression stands.",
	Why: "What was wrong has been mended, or the comment stands on another line than the finding. Left there, it hides the next finding of that rule. A comment covers its own line; alone on a line, " +
		"the next one that is no comment. Rules about earlier runs have nothing to say without `--runs`, and their suppressions are then nobody's. A finding that comes and goes, as the date does, is suppressed " +
		"together with this one: `# drplan:ignore test-overdue, unused-ignore -- reason`.",
	Check: func(p *Pass) {
		if p.Outline == nil {
			return // little could be judged
		}
		for _, s := range p.ignores {
			for _, rule := range s.rules {
				if rule.used || rule.id == unusedIgnoreID || !rule.known || rule.history && p.History == nil {
					continue
				}
				hint := "take the comment away"
				if s.aliased {
					hint = "what an alias brings in is suppressed where its text stands; else take the comment away"
				}
				p.reportIgnore(s, hint, "nothing of the rule "+rule.id+" is found here any more")
			}
		}
	},
}
