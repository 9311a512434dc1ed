package main

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

// matched tells which findings of a plan are new, and how many of those that there
// were are mended. A finding is an old one by its rule, its words and the line's text,
// wherever that line has moved; or by its rule, its words and the step that it is
// about, however the line is written now. Each old one accounts for one only.
func matched(now, was *linted) (fresh []bool, mended int) {
	fresh = make([]bool, len(now.findings))
	taken := make([]bool, len(was.findings))
	for i := range fresh {
		fresh[i] = true
	}
	for _, by := range []func(*linted, plans.Finding) string{lineText, place} {
		old := map[string][]int{}
		for j, f := range was.findings {
			if !taken[j] {
				key := f.Rule + "\n" + f.Message + "\n" + by(was, f)
				old[key] = append(old[key], j)
			}
		}
		for i, f := range now.findings {
			key := f.Rule + "\n" + f.Message + "\n" + by(now, f)
			if list := old[key]; fresh[i] && len(list) > 0 {
				fresh[i], taken[list[0]], old[key] = false, true, list[1:]
			}
		}
	}
	for _, t := range taken {
		if !t {
			mended++
		}
	}
	return fresh, mended
}

func lineText(_ *linted, f plans.Finding) string { return strings.TrimSpace(f.Source) }

// place is the way to a finding's line through the document: keys, and of a list's
// items their names. Where the document is none, all places are one.
func place(l *linted, f plans.Finding) string {
	if l.doc == nil {
		return ""
	}
	var path []string
	for n := l.doc.Root; n != nil; {
		n = into(n, f.Line, &path)
	}
	return strings.Join(path, "/")
}

// into is the node below n in which a line is; nil: none is nearer.
func into(n *yaml.Node, line int, path *[]string) *yaml.Node {
	var next *yaml.Node
	switch n.Kind {
	case yaml.MappingNode:
		name := ""
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Line <= line {
				name, next = n.Content[i].Value, n.Content[i+1]
			}
		}
		*path = append(*path, name)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if item.Line <= line {
				next = item
			}
		}
		if next != nil {
			*path = append(*path, nameOf(next))
		}
	}
	return next
}

// nameOf is what people call an item of a list: a step, a drill.
func nameOf(n *yaml.Node) string {
	for _, key := range []string{"id", "step", "name"} {
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1].Value
			}
		}
	}
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}
