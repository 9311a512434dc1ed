package contents

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Item is one object of a backup or a restore.
type Item struct {
	schema.GroupVersionKind
	Namespace string // "" for one of the whole cluster
	Name      string
	Action    string // of a restore: created, updated, skipped or failed
}

// String is how people name an object: "Deployment shop/web".
func (i Item) String() string {
	if i.Namespace == "" {
		return i.Kind + " " + i.Name
	}
	return i.Kind + " " + i.Namespace + "/" + i.Name
}

// Parse reads Velero's list of a backup's objects, or that of a restore's, where
// each name is followed by what was done: v1/Pod → ns/name(created).
func Parse(data []byte) ([]Item, error) {
	var lists map[string][]string
	if err := json.Unmarshal(data, &lists); err != nil {
		return nil, fmt.Errorf("the list of objects is no JSON of Velero's: %w", err)
	}
	var all []Item
	for kind, names := range lists {
		for _, name := range names {
			all = append(all, item(kindOf(kind), name))
		}
	}
	slices.SortFunc(all, func(a, b Item) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.GroupVersionKind.String(), b.GroupVersionKind.String()), strings.Compare(a.Name, b.Name))
	})
	return all, nil
}

// kindOf reads "v1/Pod" and "apps/v1/Deployment".
func kindOf(text string) schema.GroupVersionKind {
	version, kind := "", text
	if i := strings.LastIndex(text, "/"); i >= 0 {
		version, kind = text[:i], text[i+1:]
	}
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		gv = schema.GroupVersion{Version: version}
	}
	return gv.WithKind(kind)
}

func item(kind schema.GroupVersionKind, text string) Item {
	i := Item{GroupVersionKind: kind}
	if open := strings.LastIndex(text, "("); open > 0 && strings.HasSuffix(text, ")") {
		i.Action = text[open+1 : len(text)-1]
		text = text[:open]
	}
	if ns, name, namespaced := strings.Cut(text, "/"); namespaced {
		i.Namespace, i.Name = ns, name
	} else {
		i.Name = text
	}
	return i
}

// Resource is the kind's plural with its group, such as deployments.apps; mapper
// may not know it, then it is guessed.
func (i Item) Resource(mapper meta.RESTMapper) schema.GroupResource {
	if m, err := mapper.RESTMapping(i.GroupKind(), i.Version); err == nil {
		return m.Resource.GroupResource()
	}
	plural, _ := meta.UnsafeGuessKindToResource(i.GroupVersionKind)
	return plural.GroupResource()
}
