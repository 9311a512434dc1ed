package plans

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// target is what a step's cluster or host names.
type target struct {
	what  string     // cluster or host
	pin   string     // the key that says which it must be
	node  *yaml.Node // where the step says so
	text  string     // a name, or an expression over the parameters
	names []string   // those that the plan lists
	look  func(name string) (drill, pinned bool)
	put   func(spec *steps.Spec, name string)
}

// targetsOf lists the targets that a step names. A step that needs a cluster
// and names none has the plan's only one.
func (u *unit) targetsOf(it *item) []target {
	var out []target
	if node, text := u.clusterOf(it); node != nil {
		out = append(out, u.clusterTarget(node, text))
	}
	if it.step.Host.Node != nil {
		out = append(out, u.hostTarget(it.step.Host))
	}
	return out
}

func (u *unit) clusterOf(it *item) (*yaml.Node, string) {
	if it.step.Cluster.Node != nil {
		return it.step.Cluster.Node, it.step.Cluster.Value
	}
	if all := u.c.doc.Plan.Clusters; it.needsCluster() && len(all) == 1 {
		return it.step.Node, all[0].Key.Value
	}
	return nil, ""
}

// needsCluster is known once the step's input is.
func (it *item) needsCluster() bool { return it.kind != nil && it.kind.NeedsCluster(it.spec.Input) }

func (u *unit) clusterTarget(node *yaml.Node, text string) target {
	all := &u.c.doc.Plan.Clusters
	find := func(name string) *steps.Cluster {
		c, _ := all.Get(name)
		return &steps.Cluster{
			Name: name, Context: c.Context.Value, Kubeconfig: c.Kubeconfig.Value,
			UID: c.UID.Value, CASHA256: c.CASHA256.Value, Drill: c.Drill,
		}
	}
	return target{
		what: "cluster", pin: "uid", node: node, text: text, names: all.Names(),
		look: func(name string) (drill, pinned bool) { c := find(name); return c.Drill, c.Pinned() },
		put:  func(spec *steps.Spec, name string) { spec.Cluster = find(name) },
	}
}

func (u *unit) hostTarget(text Text) target {
	all := &u.c.doc.Plan.Hosts
	find := func(name string) *steps.Host {
		h, _ := all.Get(name)
		return &steps.Host{Name: name, Address: h.Address.Value, User: h.User.Value, MachineID: h.MachineID.Value, Drill: h.Drill}
	}
	return target{
		what: "host", pin: "machine_id", node: text.Node, text: text.Value, names: all.Names(),
		look: func(name string) (drill, pinned bool) { h := find(name); return h.Drill, h.Pinned() },
		put:  func(spec *steps.Spec, name string) { spec.Host = find(name) },
	}
}

// targets checks cluster and host as far as they are known without parameters.
func (u *unit) targets(it *item) {
	u.whichCluster(it)
	for _, t := range u.targetsOf(it) {
		if !expr.HasExpr(t.text) {
			if !slices.Contains(t.names, t.text) {
				u.errorf(t.node, RuleReference, didYouMean(t.text, t.names), "the plan has no %s %q", t.what, t.text)
			}
			continue
		}
		refs, err := expr.References(t.text)
		if err == nil && (len(refs.Steps) > 0 || len(refs.Secrets) > 0 || refs.Item || refs.Run) {
			u.errorf(t.node, RuleExpression, "such as ${params."+t.what+"}", "%q must be known before the run: it can read parameters, nothing else", t.what)
			continue
		}
		u.template(it, t.node, u.plain, false)
	}
}

// whichCluster reports a step that could mean any of several clusters.
func (u *unit) whichCluster(it *item) {
	all := u.c.doc.Plan.Clusters.Names()
	if !it.needsCluster() || it.step.Cluster.Node != nil || len(all) < 2 {
		return
	}
	u.errorf(it.step.Node, RuleRequired, "add `cluster:`: there are "+listed(all), "the step %q does not say which cluster it means", it.id)
}

// name is the target's name with the run's parameters.
func (u *unit) name(t target, params map[string]any) (string, error) {
	if !expr.HasExpr(t.text) {
		return t.text, nil
	}
	v, err := u.plain.Eval(t.text, expr.Vars{Params: params})
	if err != nil {
		return "", &UsageError{Msg: fmt.Sprintf("the %s of line %d cannot be told: %v", t.what, t.node.Line, err)}
	}
	name := fmt.Sprint(v)
	if !slices.Contains(t.names, name) {
		return "", &UsageError{fmt.Sprintf("the plan has no %s %q, which line %d asks for", t.what, name, t.node.Line), didYouMean(name, t.names)}
	}
	return name, nil
}

// resolveTargets puts the clusters and hosts that are named into the steps.
func (u *unit) resolveTargets(params map[string]any) error {
	for _, it := range u.items {
		for _, t := range u.targetsOf(it) {
			name, err := u.name(t, params)
			if err != nil {
				return err
			}
			t.put(&it.spec, name)
		}
	}
	return nil
}

// isolation reports the steps of a drill that would change a cluster or a host
// that no drill may change, or one that could be another than it seems. In a
// cluster that is not for drills it may change the namespaces that it made.
// Parameters that have no value yet prove nothing.
func (u *unit) isolation(params map[string]any, made map[string]bool) Findings {
	var out Findings
	for _, it := range u.items {
		if it.kind == nil || !it.kind.Mutates {
			continue
		}
		for _, t := range u.targetsOf(it) {
			name, err := u.name(t, params)
			if err != nil || !slices.Contains(t.names, name) {
				continue
			}
			if _, pinned := t.look(name); pinned && t.what == "cluster" && u.keepsTo(made, it, params) {
				continue
			}
			if what, hint := t.unsafe(name, it); what != "" {
				out = append(out, u.src.finding(t.node, RuleIsolation, SeverityError, hint, what))
			}
		}
	}
	return out
}

// unsafe says why a drill must not change the target; empty: it may.
func (t target) unsafe(name string, it *item) (what, hint string) {
	switch drill, pinned := t.look(name); {
	case !drill:
		hint = fmt.Sprintf("let the drill use a %s that is marked `drill: true`", t.what)
		if _, bounded := it.kind.New().(steps.Bounded); bounded {
			hint += ", or on one whose identity is pinned only namespaces that it makes itself"
		}
		return fmt.Sprintf("a drill must not change the %s %q: the step %q would", t.what, name, it.id), hint
	case !pinned:
		return fmt.Sprintf("the step %q changes the %s %q, which could be another than it seems: the plan does not pin its identity", it.id, t.what, name),
			fmt.Sprintf("add `%s:` to the %s", t.pin, t.what)
	}
	return "", ""
}
