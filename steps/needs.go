package steps

import (
	"encoding/json"
	"slices"
)

// NeedsCluster reports whether a step with this input, which is an object with its
// expressions unresolved, needs a Kubernetes cluster: its kind always does, or one
// of the given fields does.
func (k Kind) NeedsCluster(input json.RawMessage) bool {
	fields := k.Fields()
	needs := func(f Field) bool { return f.Cluster }
	if k.Cluster || !slices.ContainsFunc(fields, needs) {
		return k.Cluster
	}
	var given map[string]json.RawMessage
	if json.Unmarshal(input, &given) != nil {
		return false // it is refused elsewhere
	}
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Cluster && given[f.Name] != nil })
}
