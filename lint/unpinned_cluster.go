package lint

import "github.com/drplan/drplan/plans"

var unpinnedCluster = Rule{
	ID: "unpinned-cluster", Severity: plans.SeverityWarning,
	Summary: "A cluster could be another than it seems.",
	Why: "A kubeconfig's context is a name in a file on somebody's machine. With a `uid` (of the namespace kube-system) or a `ca_sha256` in the plan, " +
		"drplan compares before it changes anything; a drill on a cluster without one does not start.",
	Check: func(p *Pass) {
		for _, c := range p.Plan().Clusters {
			if c.Value.UID.Node == nil && c.Value.CASHA256.Node == nil {
				p.Report(c.Key.Node, "add `uid:`, which `kubectl get namespace kube-system -o jsonpath={.metadata.uid}` prints",
					"the plan does not say which cluster %q must be", c.Key.Value)
			}
		}
	},
}
