package lint

import "github.com/drplan/drplan/plans"

var credentialsInURL = Rule{
	ID: "credentials-in-url", Severity: plans.SeverityError,
	Summary: "A URL has a password in it.",
	Why: "URLs are what everybody logs: proxies, error messages, `ps`, shell histories. RFC 3986 section 3.2.1 calls the form user:password deprecated for that reason. " +
		"Programs take the password from the environment or a file: `PGPASSWORD`, `.netrc`, `.pgpass`, git's credential helpers.",
	Check: func(p *Pass) {
		for _, s := range p.secrets {
			if s.inURL {
				p.reportSecret(s, "give it through the environment, as ${secret.NAME} in `env:`, and have this one replaced: the history keeps it", "a URL has a password in it")
			}
		}
	},
}
