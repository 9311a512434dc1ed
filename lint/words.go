package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/steps"
)

// span is a length of time as a plan would write it.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day && d%day == 0 {
		return fmt.Sprintf("%d days", d/day)
	}
	return steps.Duration(d).String()
}

// listed is a, b and c.
func listed(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// wordsOf are the words of a name such as tier-1_critical, in lower case.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// named reports whether one of the words is a word of the name.
func named(name string, words ...string) bool {
	return slices.ContainsFunc(wordsOf(name), func(w string) bool { return slices.Contains(words, w) })
}

// keyNode is a mapping's key of this name, else the mapping.
func keyNode(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i]
		}
	}
	return n
}

// valueOf is the value under a mapping's key; nil: it is not there.
func valueOf(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// keyOf is the plan's key of this name; where it is not there, the key that the
// whole plan stands below.
func (s *Subject) keyOf(name string) *yaml.Node {
	plan := s.Plan().Node
	if key := keyNode(plan, name); key != plan {
		return key
	}
	return keyNode(s.Doc.Root, "disaster_recovery_plan")
}

// scalars visits every scalar below a node with the key it stands under; of a
// list's items the list's.
func scalars(n *yaml.Node, key string, visit func(key string, n *yaml.Node)) {
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode:
		visit(key, n)
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			scalars(n.Content[i+1], n.Content[i].Value, visit)
		}
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			scalars(item, key, visit)
		}
	}
}
