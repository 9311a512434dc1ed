package contents

import (
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Selection is what of a backup is restored, and where to. Empty includes mean
// all; a namespace may have the wildcards of path.Match.
type Selection struct {
	IncludeNamespaces []string
	ExcludeNamespaces []string
	IncludeResources  []string // plurals, with or without their group
	ExcludeResources  []string
	Mappings          map[string]string // namespace in the backup → in the cluster
}

// Target is the namespace into which one of the backup goes.
func (s Selection) Target(namespace string) string {
	if to, mapped := s.Mappings[namespace]; mapped {
		return to
	}
	return namespace
}

// Explicit reports whether the namespaces are named, and not chosen by what the
// backup holds.
func (s Selection) Explicit() bool {
	return len(s.IncludeNamespaces) > 0 && !slices.ContainsFunc(s.IncludeNamespaces, isPattern)
}

// TakesNamespace reports whether a namespace of the backup is selected.
func (s Selection) TakesNamespace(name string) bool {
	if slices.ContainsFunc(s.ExcludeNamespaces, func(p string) bool { return fits(p, name) }) {
		return false
	}
	return len(s.IncludeNamespaces) == 0 || slices.ContainsFunc(s.IncludeNamespaces, func(p string) bool { return fits(p, name) })
}

// neverRestored are the kinds that Velero backs up and never restores.
var neverRestored = []string{
	"nodes", "events", "events.events.k8s.io", "csinodes.storage.k8s.io", "volumeattachments.storage.k8s.io",
	"backups.velero.io", "restores.velero.io", "resticrepositories.velero.io", "backuprepositories.velero.io",
}

// Take keeps the items that are selected. Objects of the whole cluster are not
// told by namespace: they stay.
func (s Selection) Take(items []Item, mapper meta.RESTMapper) []Item {
	var taken []Item
	for _, i := range items {
		if (i.Namespace == "" || s.TakesNamespace(i.Namespace)) && s.takesResource(i.Resource(mapper)) {
			taken = append(taken, i)
		}
	}
	return taken
}

// Targets are the namespaces that items go to, sorted, each once.
func (s Selection) Targets(items []Item) []string {
	var all []string
	for _, i := range items {
		switch {
		case i.Namespace != "":
			all = append(all, s.Target(i.Namespace))
		case i.Kind == "Namespace" && i.Group == "" && s.TakesNamespace(i.Name):
			all = append(all, s.Target(i.Name))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (s Selection) takesResource(r schema.GroupResource) bool {
	named := func(name string) bool {
		name = strings.ToLower(name)
		return name == "*" || name == r.String() || name == r.Resource
	}
	if slices.Contains(neverRestored, r.String()) || slices.ContainsFunc(s.ExcludeResources, named) {
		return false
	}
	return len(s.IncludeResources) == 0 || slices.ContainsFunc(s.IncludeResources, named)
}

func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

func fits(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
