package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/internal/objectcel"
)

// which says which objects of which kind.
type which struct {
	Kind      string `json:"kind" plan:"required" doc:"Kind of the objects, such as ConfigMap, or backups.velero.io."`
	Name      string `json:"name" doc:"The name of one; without it, all that selector takes."`
	Namespace string `json:"namespace" doc:"Where they are; without it, in all namespaces."`
	Selector  string `json:"selector" doc:"Labels of the objects, such as app=web."`
}

func (w *which) validate() error {
	err := selector(w.Selector)
	if w.Name != "" && w.Selector != "" {
		err = errors.Join(err, steps.Errorf("selector", "give either name or selector"))
	}
	return err
}

func (w *which) options() []client.ListOption {
	opts := []client.ListOption{client.InNamespace(w.Namespace), matching(w.Selector)}
	if w.Name != "" {
		opts = append(opts, client.MatchingFields{"metadata.name": w.Name})
	}
	return opts
}

func (w *which) access(ctx context.Context, c *kubeclient.Client) []kubeclient.Access {
	kind, err := c.Find(ctx, w.Kind)
	if err != nil {
		return nil // it may be served later
	}
	return []kubeclient.Access{kind.Access(w.Namespace, "list")}
}

func (w *which) String() string {
	text := w.Kind
	if w.Name != "" {
		text += " " + w.Name
	}
	if w.Selector != "" {
		text += " with " + w.Selector
	}
	if w.Namespace != "" {
		text += " in " + w.Namespace
	}
	return text
}

// resourceCheck counts objects.
type resourceCheck struct {
	which
	bounds
}

func (r *resourceCheck) validate(bool) error { return r.which.validate() }

func (r *resourceCheck) look(ctx context.Context, _ *steps.Run, c *kubeclient.Client) (string, error) {
	kind, err := c.Find(ctx, r.Kind)
	if err != nil {
		return "", err
	}
	list := kind.Metadata()
	if err := c.List(ctx, list, r.options()...); err != nil {
		return "", c.Explain(err)
	}
	want := r.bounds
	if want.open() {
		want.Min = new(int64(1))
	}
	n := int64(len(list.Items))
	seen := fmt.Sprintf("%d %s", n, r)
	if problems := want.problems(n, r.String()); len(problems) > 0 {
		return seen, errors.New(strings.Join(problems, "; "))
	}
	return seen, nil
}

// objectCheck is a condition on objects.
type objectCheck struct {
	which
	That string `json:"that" plan:"required" doc:"A CEL expression that must be true of each, such as \"object.status.phase == 'Active'\"."`
	Min  int64  `json:"min" default:"1" doc:"How many objects there must be."`
}

func (o *objectCheck) validate(bool) error {
	err := o.which.validate()
	if o.That == "" {
		return err
	}
	if _, wrong := objectcel.Compile(o.That); wrong != nil {
		err = errors.Join(err, steps.Errorf("that", "%w", wrong))
	}
	return err
}

func (o *objectCheck) look(ctx context.Context, _ *steps.Run, c *kubeclient.Client) (string, error) {
	that, err := objectcel.Compile(o.That)
	if err != nil {
		return "", err
	}
	kind, err := c.Find(ctx, o.Kind)
	if err != nil {
		return "", err
	}
	list := kind.List()
	if err := c.List(ctx, list, o.options()...); err != nil {
		return "", c.Explain(err)
	}
	var t tally
	var last string
	for i := range list.Items {
		item := &list.Items[i]
		ok, seen, err := that.Holds(item.Object)
		if err != nil {
			return seen, err
		}
		last = kubeclient.Ref(item) + ": " + seen
		t.add(ok, last)
	}
	seen, err := t.judge(o.String(), o.Min)
	if len(list.Items) == 1 {
		seen = last
	}
	return seen, err
}

// nodesCheck counts the nodes that are Ready.
type nodesCheck struct {
	Selector string `json:"selector" doc:"Labels of the nodes to look at; without it, all."`
	Min      *int64 `json:"min" doc:"At least so many must be Ready; without min and equals all must, and there must be one."`
	Equals   *int64 `json:"equals" doc:"Exactly so many must be Ready."`
}

func (n *nodesCheck) validate(bool) error { return selector(n.Selector) }

func (n *nodesCheck) access(context.Context, *kubeclient.Client) []kubeclient.Access {
	return []kubeclient.Access{{Verbs: []string{"list"}, Resource: "nodes"}}
}

func (n *nodesCheck) look(ctx context.Context, _ *steps.Run, c *kubeclient.Client) (string, error) {
	var nodes corev1.NodeList
	if err := c.List(ctx, &nodes, matching(n.Selector)); err != nil {
		return "", c.Explain(err)
	}
	var t tally
	for i := range nodes.Items {
		why := notReady(&nodes.Items[i])
		t.add(why == "", nodes.Items[i].Name+": "+why)
	}
	want := bounds{Min: n.Min, Equals: n.Equals}
	if want.open() {
		return t.judge("nodes ready", 1)
	}
	seen := fmt.Sprintf("%d of %d nodes ready", t.good, len(nodes.Items))
	problems := append(want.problems(int64(t.good), "nodes ready"), t.bad...)
	if len(want.problems(int64(t.good), "")) > 0 {
		return seen, errors.New(strings.Join(problems, "; "))
	}
	return seen, nil
}

func notReady(node *corev1.Node) string {
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			if c.Status == corev1.ConditionTrue {
				return ""
			}
			return fmt.Sprintf("Ready is %s: %s", c.Status, c.Message)
		}
	}
	return "it has never been heard of"
}

// pvcsCheck wants every claim bound.
type pvcsCheck struct {
	scope
}

func (p *pvcsCheck) access(context.Context, *kubeclient.Client) []kubeclient.Access {
	return p.scope.access("persistentvolumeclaims", "")
}

func (p *pvcsCheck) look(ctx context.Context, _ *steps.Run, c *kubeclient.Client) (string, error) {
	var t tally
	for _, namespace := range p.all() {
		var claims corev1.PersistentVolumeClaimList
		if err := c.List(ctx, &claims, p.options(namespace)...); err != nil {
			return "", c.Explain(err)
		}
		for i := range claims.Items {
			claim := &claims.Items[i]
			t.add(claim.Status.Phase == corev1.ClaimBound, fmt.Sprintf("%s is %s", kubeclient.Key(claim), claim.Status.Phase))
		}
	}
	return t.judge("claims bound in "+strings.Join(p.all(), ", "), p.Min)
}
