package lint

import "github.com/drplan/drplan/plans"

var unpinnedHost = Rule{
	ID: "unpinned-host", Severity: plans.SeverityWarning,
	Summary: "A host could be another than it seems.",
	Why: "Addresses are given out again, and names are pointed elsewhere, above all after a disaster. With a `machine_id` in the plan drplan compares before it changes anything; " +
		"a drill that changes a host without one does not start.",
	Check: func(p *Pass) {
		for _, h := range p.Plan().Hosts {
			if h.Value.MachineID.Node == nil {
				p.Report(h.Key.Node, "add `machine_id:`, which `cat /etc/machine-id` prints there", "the plan does not say which machine %q must be", h.Key.Value)
			}
		}
	},
}
