package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
)

var contactMissing = Rule{
	ID: "contact-missing", Severity: plans.SeverityWarning,
	Summary: "The plan does not say whom to call.",
	Why:     "On the day whoever holds the plan may be somebody else than who wrote it. NIST SP 800-34 Rev. 1 (section 4.2.2, notification procedures) wants contact lists in the plan itself.",
	Check: func(p *Pass) {
		reachable := slices.ContainsFunc(p.Plan().Contact, func(e plans.Entry[plans.Text]) bool { return e.Value.Value != "" })
		if !reachable && len(p.Procedures) > 0 {
			p.Report(p.keyOf("contact"), "add `contact:` with a role and how to reach it, such as `primary: ops-team@example.com`", "the plan does not say whom to call")
		}
	},
}
