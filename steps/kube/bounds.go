package kube

import (
	"github.com/drplan/drplan/steps"
)

// Bounds are what the manifests say that are in the plan itself, and namespace for
// those in files. What is in these is seen before the step.
func (a *apply) Bounds() steps.Bounds {
	var b steps.Bounds
	if len(a.Files) > 0 || a.CreateNamespace {
		b.Changes = append(b.Changes, a.Namespace)
	}
	if a.CreateNamespace {
		b.Makes = append(b.Makes, a.Namespace)
	}
	objects, err := parse("inline", []byte(a.Inline))
	if err != nil {
		return steps.Bounds{}
	}
	for _, o := range objects {
		switch {
		case isNamespace(o.GroupVersionKind().GroupKind()):
			b.Makes = append(b.Makes, o.GetName())
		case o.GetNamespace() == "":
			o.SetNamespace(a.Namespace)
		}
		b.Changes = append(b.Changes, changes(o))
	}
	return b
}

// Bounds are where the objects are that are named.
func (d *deletion) Bounds() steps.Bounds {
	var b steps.Bounds
	if d.given() {
		b.Changes = append(b.Changes, "") // whatever the manifests have
	}
	if d.Kind != "" {
		b.Changes = append(b.Changes, bound(d.Kind, d.Namespace, d.Name))
	}
	for _, ref := range d.Objects {
		kind, namespace, name, err := parseReference(ref)
		if err != nil {
			return steps.Bounds{}
		}
		b.Changes = append(b.Changes, bound(kind, namespace, name))
	}
	return b
}

// bound is the namespace that an object is, or is in.
func bound(kind, namespace, name string) string {
	if kind == "Namespace" {
		return name
	}
	return namespace
}
