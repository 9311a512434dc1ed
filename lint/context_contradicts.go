package lint

import (
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var contextContradicts = Rule{
	ID: "context-contradicts", Severity: plans.SeverityError,
	Summary: "A command goes to another cluster than its step says.",
	Why: "A step's `cluster:` is what drplan's guards look at: its identity is checked, and a drill changes only what is marked `drill: true`. A program goes where its own `--context` or `--kubeconfig` leads, or where `kubectl config use-context` has turned it. " +
		"Where the two differ, the guard has watched one cluster and the command changes another. So does a drill's disaster whose command names the context of a cluster that is not marked `drill: true`.",
	Check: func(p *Pass) {
		if len(p.Plan().Clusters) == 0 {
			return
		}
		for _, c := range p.Calls() {
			if flag, known := contextFlags[c.Name]; known && !(c.Field != nil && c.Field.InPod) {
				p.contradiction(c, flag)
			}
		}
	},
}

func (p *Pass) contradiction(c *Call, flag string) {
	context, _ := c.Flag(flag)
	if words := c.Words(); (c.Name == "kubectl" || c.Name == "oc") && c.Runs(c.Name, "config", "use-context") {
		flag, context = "kubectl config use-context", words[len(words)-1]
	}
	kubeconfig, _ := c.Flag("--kubeconfig")
	named, said := p.Plan().Clusters.Get(c.Step.Cluster.Value)
	own, file := "", ""
	if said {
		own, file = named.Context.Value, named.Kubeconfig.Value
	}
	switch {
	case said && differ(context, own):
		p.ReportCall(c, "write `"+flag+" "+own+"`, or another `cluster:`", "the step is for the cluster %s, whose context is %s; this goes to %s", c.Step.Cluster.Value, own, context)
	case said && differ(kubeconfig, file):
		p.ReportCall(c, "write `--kubeconfig "+file+"`, or another `cluster:`", "the step is for the cluster %s, whose kubeconfig is %s; this reads %s", c.Step.Cluster.Value, file, kubeconfig)
	case !said && c.Step.Phase == engine.PhaseDisaster && !c.Reads():
		for _, cl := range p.Plan().Clusters {
			if cl.Value.Context.Value == context && context != "" && !cl.Value.Drill && !p.alsoDrills(context) {
				p.ReportCall(c, "name the context of a cluster that is marked `drill: true`", "a drill's disaster goes to the cluster %s, which is not marked `drill: true`", cl.Key.Value)
				return
			}
		}
	}
}

// alsoDrills reports whether a cluster for drills has the context, too.
func (s *Subject) alsoDrills(context string) bool {
	return slices.ContainsFunc(s.Plan().Clusters, func(c plans.Entry[plans.Cluster]) bool { return c.Value.Drill && c.Value.Context.Value == context })
}

// differ reports whether two names are both known, and are not one.
func differ(a, b string) bool {
	return a != "" && b != "" && a != b && sayable(a) && sayable(b) && maskExpressions(a) == a && maskExpressions(b) == b
}
