package lint

import (
	"strings"

	"github.com/drplan/drplan/plans"
)

var contextMissing = Rule{
	ID: "context-missing", Severity: plans.SeverityWarning,
	Summary: "A command goes to whatever cluster is the current one.",
	Why: "A plan with `clusters:` says which clusters there are; a command without a context goes to the one that somebody used last. drplan's guards know a step's `cluster:`, but " +
		"a program reads the kubeconfig by itself: `cluster:` gives it no context. A drill can so delete what is in production. Typed steps such as `kube_delete` and `velero_restore` go where `cluster:` says.",
	Check: func(p *Pass) {
		if len(p.Plan().Clusters) == 0 {
			return
		}
		for _, c := range p.Calls() {
			flag, known := contextFlags[c.Name]
			if !known || c.Within || hasContext(c, flag) || len(c.Words()) == 0 || c.runsAny([]string{"version", "completion", "help", "config", "repo", "template", "lint"}) {
				continue
			}
			p.ReportCall(c, p.contextHint(c, flag), "the plan has clusters, but this goes to the kubeconfig's current one")
		}
	},
}

// contextHint says how the command is told its cluster: the step's own or the plan's only
// one, else one of several, whose choice is the author's.
func (s *Subject) contextHint(c *Call, flag string) string {
	all := s.Plan().Clusters
	own, said := all.Get(c.Step.Cluster.Value)
	if !said && len(all) == 1 {
		own, said = &all[0].Value, true
	}
	if said {
		hint := "add `" + flag + " " + own.Context.Value
		if file := own.Kubeconfig.Value; file != "" {
			hint += " --kubeconfig " + file
		}
		return hint + "`"
	}
	const shown = 4
	var names []string
	for _, cl := range all[:min(shown, len(all))] {
		names = append(names, "`"+flag+" "+cl.Value.Context.Value+"` ("+cl.Key.Value+")")
	}
	if len(all) > shown {
		names = append(names, "…")
	}
	return "add the context of the cluster that is meant: " + strings.Join(names, ", ")
}

// contextFlags is how programs are told their context.
var contextFlags = map[string]string{"kubectl": "--context", "oc": "--context", "velero": "--kubecontext", "helm": "--kube-context", "flux": "--context", "k9s": "--context"}

// hasContext reports whether anything tells the command its cluster.
func hasContext(c *Call, flag string) bool {
	if _, given := c.Flag(flag, "--kubeconfig", "--server", "-s", "--cluster"); given {
		return true
	}
	for _, e := range c.Step.Env {
		if e.Key.Value == "KUBECONFIG" {
			return true
		}
	}
	return c.node != nil && (strings.Contains(c.node.Value, "KUBECONFIG") || strings.Contains(c.node.Value, "use-context"))
}
