package kube

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// target says which objects of one kind are meant.
type target struct {
	kubeclient.Served
	namespace string
	name      string
	selector  labels.Selector // nil: name counts
}

func (t target) options() []client.ListOption {
	opts := []client.ListOption{client.InNamespace(t.namespace)}
	if t.selector != nil {
		return append(opts, client.MatchingLabelsSelector{Selector: t.selector})
	}
	return append(opts, client.MatchingFields{"metadata.name": t.name})
}

// changes is the namespace that deleting the target changes.
func (t target) changes() string {
	if isNamespace(t.GroupKind()) {
		return t.name
	}
	return t.namespace
}

func (t target) String() string {
	what := t.Kind
	if t.name != "" {
		what += " " + t.name
	}
	if t.selector != nil {
		what += " with " + t.selector.String()
	}
	if t.namespace != "" {
		what += " in " + t.namespace
	}
	return what
}

// targets are what the config means, what lives in others first. Kinds that are
// not served have no objects.
func (d *deletion) targets(ctx context.Context, c *kubeclient.Client) (found []target, absent []string, err error) {
	var last []target // namespaces and CRDs
	add := func(t target, err error) error {
		var notServed *kubeclient.NotServedError
		switch {
		case errors.As(err, &notServed):
			absent = append(absent, notServed.Error())
			return nil
		case err != nil:
			return err
		case isNamespace(t.GroupKind()), isCRD(t.GroupKind()):
			last = append(last, t)
		default:
			found = append(found, t)
		}
		return nil
	}
	err = d.each(ctx, c, add)
	return append(found, last...), absent, err
}

func (d *deletion) each(ctx context.Context, c *kubeclient.Client, add func(target, error) error) error {
	if d.Kind != "" {
		if err := add(d.named(ctx, c)); err != nil {
			return err
		}
	}
	for _, ref := range d.Objects {
		kind, namespace, name, err := parseReference(ref)
		if err == nil {
			err = add(find(ctx, c, kind, namespace, name, nil))
		}
		if err != nil {
			return err
		}
	}
	if !d.given() {
		return nil
	}
	objects, err := d.read()
	for i := len(objects) - 1; i >= 0 && err == nil; i-- {
		err = add(d.ofManifest(ctx, c, objects[i]))
	}
	return err
}

func (d *deletion) named(ctx context.Context, c *kubeclient.Client) (target, error) {
	var selector labels.Selector
	if d.Selector != "" {
		var err error
		if selector, err = labels.Parse(d.Selector); err != nil {
			return target{}, steps.Final(err)
		}
	}
	return find(ctx, c, d.Kind, d.Namespace, d.Name, selector)
}

// find makes a target of what a person wrote.
func find(ctx context.Context, c *kubeclient.Client, kind, namespace, name string, selector labels.Selector) (t target, err error) {
	t = target{namespace: namespace, name: name, selector: selector}
	if err := c.Retry(ctx, func() error { t.Served, err = c.Find(ctx, kind); return err }); err != nil {
		return t, err
	}
	switch {
	case t.Namespaced && namespace == "":
		return t, steps.Final(fmt.Errorf("say in which namespace: a %s lives in one", t.Kind))
	case !t.Namespaced:
		t.namespace = ""
	}
	return t, nil
}

func (d *deletion) ofManifest(ctx context.Context, c *kubeclient.Client, o *unstructured.Unstructured) (t target, err error) {
	t = target{namespace: o.GetNamespace(), name: o.GetName()}
	if err := c.Retry(ctx, func() error { t.Served, err = c.FindExact(ctx, o.GroupVersionKind()); return err }); err != nil {
		return t, err
	}
	switch {
	case !t.Namespaced:
		t.namespace = ""
	case t.namespace == "" && d.Namespace != "":
		t.namespace = d.Namespace
	case t.namespace == "":
		return t, steps.Final(fmt.Errorf("%s: say in which namespace", kubeclient.Ref(o)))
	}
	return t, nil
}

// list returns the metadata of a target's objects; of a kind that is gone, none.
func list(ctx context.Context, c *kubeclient.Client, t target) ([]metav1.PartialObjectMetadata, error) {
	found := t.Metadata()
	err := c.Retry(ctx, func() error { return c.List(ctx, found, t.options()...) })
	if isGone(err) {
		return nil, nil
	}
	for i := range found.Items {
		found.Items[i].SetGroupVersionKind(t.GroupVersionKind)
	}
	return found.Items, err
}

// isGone says that the kind is not served any more, and so has no objects.
func isGone(err error) bool { return apierrors.IsNotFound(err) || meta.IsNoMatchError(err) }
