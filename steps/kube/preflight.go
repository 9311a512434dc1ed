package kube

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// Preflight asks whether the manifests can be read, their kinds are served, and
// the objects may be applied. What an earlier step may bring is asked for again.
func (a *apply) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	objects, err := a.objects()
	check := steps.Check{Name: "manifests", Err: err, Message: fmt.Sprintf("%d objects", len(objects))}
	if err != nil {
		check.Defer = errors.Is(err, fs.ErrNotExist)
		return []steps.Check{check}
	}
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return append(kubeclient.Unknown(err), check)
	}
	own, needs, namespaces := defines(objects), map[string]kubeclient.Access{}, map[string]bool{}
	for _, o := range objects {
		kind, err := c.FindExact(ctx, o.GroupVersionKind())
		var notServed *kubeclient.NotServedError
		switch {
		case errors.As(err, &notServed) && own[o.GroupVersionKind().GroupKind()]:
			continue // what it will need cannot be asked about yet
		case errors.As(err, &notServed):
			check.Err, check.Defer = err, in.Attempt == 0
			continue
		case err != nil:
			return append(c.Preflight(ctx, in, nil), check)
		}
		a.place(o, kind)
		need := kind.Access(o.GetNamespace(), "get", "create", "patch")
		needs[fmt.Sprint(need)], namespaces[changes(o)] = need, true
	}
	return append(c.Preflight(ctx, in, slices.Sorted(maps.Keys(namespaces)), slices.Collect(maps.Values(needs))...), check)
}

// Preflight asks whether the objects may be deleted. Whether they are there is
// for the step to find out: an earlier one may make them.
func (d *deletion) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return kubeclient.Unknown(err)
	}
	if _, err := c.Version(ctx); err != nil {
		return c.Preflight(ctx, in, nil) // it says so
	}
	targets, _, err := d.targets(ctx, c)
	if err != nil {
		return []steps.Check{{Name: "objects", Err: err, Defer: errors.Is(err, fs.ErrNotExist)}}
	}
	var needs []kubeclient.Access
	namespaces := map[string]bool{}
	for _, t := range targets {
		needs = append(needs, t.Access(t.namespace, "get", "list", "watch", "delete"))
		namespaces[t.changes()] = true
	}
	return c.Preflight(ctx, in, slices.Sorted(maps.Keys(namespaces)), needs...)
}

// Preflight asks whether the objects may be watched, where their kind is served.
func (w *wait) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return kubeclient.Unknown(err)
	}
	kind, err := c.Find(ctx, w.Kind)
	if err != nil {
		return c.Preflight(ctx, in, nil)
	}
	return c.Preflight(ctx, in, nil, kind.Access(w.Namespace, "list", "watch"))
}

// PreflightEarly asks what Preflight asks.
func (a *apply) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return kubeclient.Early(ctx, in, a.Preflight)
}

// PreflightEarly asks what Preflight asks.
func (d *deletion) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return kubeclient.Early(ctx, in, d.Preflight)
}

// PreflightEarly asks what Preflight asks.
func (w *wait) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return kubeclient.Early(ctx, in, w.Preflight)
}

// Reconcile says that the step can simply be run again: what is applied already
// stays as it is, and what it made is on record.
func (a *apply) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}

// Reconcile says that the step can simply be run again: what is gone already is
// on record.
func (d *deletion) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}

// Reconcile says that waiting changes nothing.
func (w *wait) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}
