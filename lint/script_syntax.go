package lint

import "github.com/drplan/drplan/plans"

var scriptSyntax = Rule{
	ID: "script-syntax", Severity: plans.SeverityError,
	Summary: "A script that no shell can read.",
	Why: "A shell reads a script as it goes: it may do the first half and then stop at a quote that has no end. The grammar is that of POSIX and bash; " +
		"scripts for `[sh, -c, …]` and the like are read too, those for other programs are not.",
	Check: func(p *Pass) {
		p.Calls() // reads the scripts
		for _, err := range p.unreadable {
			f := p.Doc.FindingInside(err.node, err.at, min(err.at+1, len(err.node.Value)), p.rule.ID, p.severity, "a shell cannot read this script: "+err.text,
				"run it through `sh -n`")
			p.add(f, nil)
		}
	},
}
