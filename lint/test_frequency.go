package lint

import "github.com/drplan/drplan/plans"

var testFrequency = Rule{
	ID: "test-frequency", Severity: plans.SeverityInfo,
	Summary: "The plan does not say how often its drills are due.",
	Why: "Without `testing.frequency` no drill is ever overdue. Of the usual standards ISO 22301 (8.5) asks for exercises at planned intervals, " +
		"and PCI DSS 4.0 (12.10.2) for a test of the incident response plan once in twelve months.",
	Check: func(p *Pass) {
		t := p.Plan().Testing
		if len(p.Drills) > 0 && t.Frequency.Node == nil {
			p.Report(p.keyOf("testing"), "add `frequency:`, such as quarterly", "nothing says how often the drills are due")
		}
	},
}
