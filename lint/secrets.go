package lint

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// secret is a text that should not stand in a plan, and where it does.
type secret struct {
	node     *yaml.Node
	from, to int    // its bytes in the node's value
	what     string // such as "a token of GitHub"
	inURL    bool
}

func (s secret) text() string { return s.node.Value[s.from:s.to] }

// secretsIn finds the secrets below a node. Each place is found once, by the
// first of the ways to find it.
func secretsIn(root *yaml.Node) []secret {
	w := &secretWalker{seen: map[*yaml.Node]bool{}}
	w.node("", root)
	return w.found
}

type secretWalker struct {
	seen  map[*yaml.Node]bool // nodes that aliases share
	found []secret
}

// node visits a node with the key that says what it is.
func (w *secretWalker) node(key string, n *yaml.Node) {
	if n == nil || n.Anchor != "" && w.seen[n] {
		return
	}
	if n.Anchor != "" {
		w.seen[n] = true
	}
	switch n.Kind {
	case yaml.ScalarNode:
		w.scalar(key, n)
	case yaml.SequenceNode:
		w.words(n)
		for i, item := range n.Content {
			name := key
			if i > 0 && flagName(n.Content[i-1].Value) != "" && !asksForPassword(n.Content[0].Value) {
				name = flagName(n.Content[i-1].Value)
			}
			w.node(name, item)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			if name == "default" || name == "enum" {
				name = key // of a parameter: its name says what it is
			}
			w.node(name, n.Content[i+1])
		}
	}
}

// words looks at a list as at a command line: a flag and its value are items of their
// own there. An item of several words is looked at by itself.
func (w *secretWalker) words(n *yaml.Node) {
	if len(n.Content) < 2 || n.Content[0].Kind != yaml.ScalarNode {
		return
	}
	var line strings.Builder
	starts := make([]int, len(n.Content))
	for i, item := range n.Content {
		if item.Kind != yaml.ScalarNode {
			return
		}
		starts[i] = line.Len()
		line.WriteString(oneWord(item.Value))
		line.WriteByte(' ')
	}
	text := line.String()
	passwordFlags(text, strings.ToLower(text), func(from, to int, what string, inURL bool) {
		i, exact := slices.BinarySearch(starts, from)
		if !exact {
			i--
		}
		if item := n.Content[i]; to <= starts[i]+len(item.Value) && oneWord(item.Value) == item.Value {
			w.found = append(w.found, secret{item, from - starts[i], to - starts[i], what, inURL})
		}
	})
}

// oneWord is a text of the same length in which nothing begins a new word.
func oneWord(text string) string {
	if !strings.ContainsAny(text, " \t\n") {
		return text
	}
	return strings.Repeat("_", len(text))
}

// flagName is the name of --name, whose value is the next word.
func flagName(word string) string {
	if len(word) < 3 || word[:2] != "--" || slices.Contains([]byte(word), '=') {
		return ""
	}
	return word[2:]
}

// asksForPassword reports whether --password is a program's flag without a value.
func asksForPassword(program string) bool {
	return slices.ContainsFunc([]string{"mysql", "mariadb", "psql", "pg_"}, func(p string) bool { return strings.HasPrefix(program, p) })
}

// minSecret is the length of the shortest text that is looked at.
const minSecret = 4

func (w *secretWalker) scalar(key string, n *yaml.Node) {
	if len(n.Value) < minSecret || n.ShortTag() == "!!bool" || n.ShortTag() == "!!null" {
		return
	}
	var all []secret
	add := func(from, to int, what string, inURL bool) {
		all = append(all, secret{n, from, to, what, inURL})
	}
	inURLs(n.Value, add)
	tokens(n.Value, add)
	assigned(n.Value, add)
	byKey(key, n.Value, add)
	slices.SortStableFunc(all, func(a, b secret) int { return cmp.Compare(a.from, b.from) })
	end := -1
	for _, s := range all {
		if s.from >= end {
			w.found = append(w.found, s)
			end = s.to
		}
	}
}
