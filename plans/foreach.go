package plans

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans/expr"
)

// itemKeys finds instances of a for_each that would have one key, or none: a
// text is its own key, anything else has its place, from 0. What an expression
// gives is not known yet.
func (u *unit) itemKeys(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "" {
				u.errorf(n.Content[i], RuleValue, "the keys of a for_each name its instances", "a key of this for_each is empty")
			}
		}
		return
	}
	seen := map[string]*yaml.Node{}
	for i, item := range n.Content {
		key := strconv.Itoa(i)
		if isText(item) && item.Value != "" {
			key = item.Value
		}
		if expr.HasExpr(item.Value) {
			continue
		}
		if first := seen[key]; first != nil {
			u.errorf(item, RuleValue, "a text is the key of its instance, and keys differ; for one value twice write a mapping: {first: …, second: …}",
				"two items of this for_each have the key %q; the first is in line %d", key, first.Line)
			continue
		}
		seen[key] = item
	}
}

// isText reports whether a scalar becomes a string in JSON.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && slices.Contains([]string{"!!str", "!!timestamp", "!!merge"}, n.ShortTag())
}
