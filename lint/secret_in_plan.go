package lint

import "github.com/drplan/drplan/plans"

var secretInPlan = Rule{
	ID: "secret-in-plan", Severity: plans.SeverityError,
	Summary: "A secret stands in the plan.",
	Why: "A plan is read in reviews, copied into run folders and quoted in reports; its history keeps a secret that was taken out again. " +
		"Known tokens are found by the prefix that their issuers document for this purpose (GitHub, GitLab, Slack, AWS, Google, Stripe, Vault and others), " +
		"private keys by their header, passwords by the name they are given to (`password:`, `--password`, `PGPASSWORD=`), and other secrets by their name together with how random they look. " +
		"Names of secrets, paths, references and placeholders are none. The secret itself is never shown, by this rule or another.",
	Check: func(p *Pass) {
		for _, s := range p.secrets {
			if !s.inURL {
				p.reportSecret(s, "refer to it as ${secret.NAME} in `env:` or in a field made for it, and have this one replaced: the history keeps it", s.what+" stands in the plan")
			}
		}
	},
}

func (p *Pass) reportSecret(s secret, hint, message string) {
	p.add(p.Doc.FindingInside(s.node, s.from, s.to, p.rule.ID, p.severity, message, hint), nil)
}
