package lint

import (
	"regexp"
	"strings"
	"sync"

	"github.com/drplan/drplan/plans"
)

var contactSamePerson = Rule{
	ID: "contact-same-person", Severity: plans.SeverityWarning,
	Summary: "The second person to call is the first.",
	Why:     "A second contact is for when the first does not answer. Roles of escalation are compared (primary, secondary, tertiary, backup, deputy, escalation, on_call); other roles may well be one person's.",
	Check: func(p *Pass) {
		seen := map[string]string{}
		for _, e := range p.Plan().Contact {
			role, reach := e.Key.Value, address(e.Value.Value)
			if reach == "" || !named(role, "primary", "secondary", "tertiary", "backup", "deputy", "escalation", "call", "oncall") {
				continue
			}
			if first, same := seen[reach]; same {
				p.Report(e.Value.Node, "name somebody else who can act, or take it away", "%s is the same as %s", role, first)
				continue
			}
			seen[reach] = role
		}
	},
}

var mailAddress = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+`) })

// address is how to reach somebody, without what people write differently.
func address(s string) string {
	s = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "mailto:"))
	if all := mailAddress().FindAllString(s, 2); len(all) == 1 { // Jane <jane@acme.io>
		return all[0]
	}
	if strings.ContainsFunc(s, func(r rune) bool { return 'a' <= r && r <= 'z' }) {
		return s
	}
	return strings.Map(func(r rune) rune { // a telephone number
		if r == '+' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}
