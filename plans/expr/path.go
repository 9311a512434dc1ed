package expr

import (
	"slices"
	"strings"
)

// A path is an expression that is only a name: params.a, steps.b.c, item. Its
// meaning is the one CEL gives it; it is read here so that a plan whose
// expressions are all names needs no CEL. A test holds the two to each other.
type path []segment

type segment struct {
	name   string
	offset int // in bytes of the expression
}

// pathLen is the number of segments of a complete path from each root.
var pathLen = map[string]int{
	rootParams: 2, rootRun: 2, rootSecret: 2, rootSteps: 3, rootItem: 1, rootKey: 1,
}

// parsePath reads an expression that is a complete path.
func parsePath(expr string) (path, bool) {
	lead := len(expr) - len(strings.TrimLeft(expr, " \t\r\n"))
	var p path
	offset := lead
	for name := range strings.SplitSeq(strings.TrimSpace(expr), ".") {
		if !isName(name) {
			return nil, false
		}
		p = append(p, segment{name, offset})
		offset += len(name) + len(".")
	}
	return p, pathLen[p[0].name] == len(p)
}

// name returns a segment's name, "" where there is none.
func (p path) name(i int) string {
	if i >= len(p) {
		return ""
	}
	return p[i].name
}

// isName reports whether CEL takes s as the name of a field.
func isName(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' || strings.ContainsFunc(s, func(r rune) bool { return !isNameRune(r) }) {
		return false
	}
	return !slices.Contains([]string{"true", "false", "null", "in"}, s)
}

// pathType returns a path's type. It is not ok for a step with for_each, which
// CEL reads.
func (s *Scope) pathType(p path) (t Type, ok bool, err *Error) {
	var bad *problem
	wrong := 1 // the segment that is wrong
	switch p[0].name {
	case rootParams:
		t, bad = s.param(p[1].name)
	case rootRun:
		t, bad = runField(p[1].name)
	case rootSecret:
		t = String
	case rootSteps:
		var o Outputs
		if o, bad = s.step(p[1].name); bad != nil {
			break
		}
		if o.ForEach {
			return "", false, nil
		}
		wrong = 2
		t, bad = o.output(p[1].name, p[2].name)
	default:
		wrong = 0
		t = Any
		if p[0].name == rootKey {
			t = String
		}
		if !s.Item {
			bad = &noItem
		}
	}
	if bad != nil {
		return "", true, bad.at(p[wrong].offset, len(p[wrong].name))
	}
	return t, true, nil
}

// value reads a path that pathType has found good.
func (p path) value(b *binding) (any, error) {
	switch p[0].name {
	case rootParams:
		return b.param(p[1].name)
	case rootRun:
		return b.run(p[1].name)
	case rootSecret:
		return b.secret(p[1].name)
	case rootSteps:
		step, err := b.step(p[1].name)
		if err != nil {
			return nil, err
		}
		return step.(*record).get(p[2].name)
	case rootKey:
		return b.vars.Key, nil
	}
	return load(Any, b.vars.Item)
}
