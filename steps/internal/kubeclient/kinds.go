package kubeclient

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
)

// Served is a kind of object that the API server serves.
type Served struct {
	schema.GroupVersionKind
	Resource   string // plural, as in a URL
	Namespaced bool
	Listable   bool // it can be listed and deleted
	names      []string
}

// List is an empty list of the kind's objects.
func (s Served) List() *unstructured.UnstructuredList {
	list := new(unstructured.UnstructuredList)
	list.SetGroupVersionKind(s.GroupVersion().WithKind(s.Kind + "List"))
	return list
}

// Metadata is an empty list of the metadata of the kind's objects.
func (s Served) Metadata() *metav1.PartialObjectMetadataList {
	list := new(metav1.PartialObjectMetadataList)
	list.SetGroupVersionKind(s.GroupVersion().WithKind(s.Kind + "List"))
	return list
}

// Access is what a step needs to do that with the kind's objects.
func (s Served) Access(namespace string, verbs ...string) Access {
	if !s.Namespaced {
		namespace = ""
	}
	return Access{Verbs: verbs, Group: s.Group, Resource: s.Resource, Namespace: namespace}
}

// NotServedError says that the API server knows no such kind. It may be installed
// later.
type NotServedError struct{ msg string }

func (e *NotServedError) Error() string { return e.msg }

// Find finds the kind that a person means by Deployment, deployments, deploy or
// deployments.apps. It asks the server anew, since kinds come and go during a
// recovery.
func (c *Client) Find(ctx context.Context, name string) (Served, error) {
	all, err := c.Kinds(ctx)
	if err != nil {
		return Served{}, err
	}
	word, group, grouped := strings.Cut(strings.ToLower(name), ".")
	var found []Served
	for _, s := range all {
		if slices.Contains(s.names, word) && (!grouped || strings.EqualFold(s.Group, group)) {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 0:
		return Served{}, &NotServedError{fmt.Sprintf("the API server serves no kind %q%s", name, near(name, all))}
	case len(found) > 1 && found[0].Group != "": // the core's come first, and win
		return Served{}, steps.Final(fmt.Errorf("%q is ambiguous: write %s.%s or %s.%s", name, word, found[0].Group, word, found[1].Group))
	}
	return found[0], nil
}

// FindExact finds the kind of a manifest's object.
func (c *Client) FindExact(ctx context.Context, kind schema.GroupVersionKind) (Served, error) {
	mapping, err := c.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		return Served{}, &NotServedError{fmt.Sprintf("the API server serves no kind %s in %s", kind.Kind, kind.GroupVersion())}
	}
	if err != nil {
		return Served{}, c.Explain(err)
	}
	return Served{
		GroupVersionKind: mapping.GroupVersionKind, Resource: mapping.Resource.Resource,
		Namespaced: mapping.Scope.Name() == meta.RESTScopeNameNamespace, Listable: true,
	}, nil
}

func near(name string, all []Served) string {
	var known []string
	for _, s := range all {
		known = append(known, s.Kind)
	}
	if hint := steps.Nearest(name, known); hint != "" {
		return fmt.Sprintf(": did you mean %q?", hint)
	}
	return ""
}

// Kinds lists what the API server serves, in its preferred versions. An
// aggregated API that is down is left out.
func (c *Client) Kinds(ctx context.Context) ([]Served, error) {
	asker, err := discovery.NewDiscoveryClientForConfig(c.Config)
	if err != nil {
		return nil, c.Explain(err)
	}
	lists, err := asker.ServerPreferredResourcesWithContext(ctx)
	if err != nil && len(lists) == 0 {
		return nil, c.Explain(err)
	}
	var all []Served
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range list.APIResources {
			if !strings.Contains(r.Name, "/") {
				all = append(all, served(version, r))
			}
		}
	}
	return all, nil
}

func served(version schema.GroupVersion, r metav1.APIResource) Served {
	names := append([]string{strings.ToLower(r.Kind), r.Name, r.SingularName}, r.ShortNames...)
	return Served{
		GroupVersionKind: version.WithKind(r.Kind), Resource: r.Name, Namespaced: r.Namespaced, names: names,
		Listable: slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "delete"),
	}
}

// Ref names an object for people: Deployment shop/web.
func Ref(object client.Object) string {
	return object.GetObjectKind().GroupVersionKind().Kind + " " + Key(object)
}

// Key is namespace/name, or name where there is no namespace.
func Key(object client.Object) string {
	if ns := object.GetNamespace(); ns != "" {
		return ns + "/" + object.GetName()
	}
	return object.GetName()
}
