package steps

import (
	"fmt"
	"maps"
	"slices"
)

// Registry is a set of kinds by type.
type Registry struct{ kinds map[string]Kind }

// NewRegistry returns a registry of the kinds. It panics on a duplicate type
// and on a kind that breaks the rules of Kind: both are mistakes in the program.
func NewRegistry(kinds ...Kind) *Registry {
	r := &Registry{kinds: make(map[string]Kind, len(kinds))}
	for _, k := range kinds {
		if _, dup := r.kinds[k.Type]; dup {
			panic(fmt.Sprintf("steps: the type %q is registered twice", k.Type))
		}
		if k.New == nil || k.Timeout <= 0 || k.Summary == "" {
			panic(fmt.Sprintf("steps: the type %q lacks New, Timeout or Summary", k.Type))
		}
		r.kinds[k.Type] = k
	}
	return r
}

// Lookup finds a kind by its type.
func (r *Registry) Lookup(typ string) (Kind, bool) {
	k, ok := r.kinds[typ]
	return k, ok
}

// Types lists every type, sorted.
func (r *Registry) Types() []string { return slices.Sorted(maps.Keys(r.kinds)) }
