package plans

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// openScope prepares what expressions may read: the parameters, and the outputs
// of every step of the unit and of the procedure that it practises.
func (u *unit) openScope() {
	u.scope = expr.Scope{Params: map[string]expr.Type{}, Steps: make(map[string]expr.Outputs, len(u.byID))}
	for i := range u.params {
		u.scope.Params[u.params[i].Key.Value] = u.params[i].Value.exprType()
	}
	for id, it := range u.byID {
		outputs := expr.Outputs{ForEach: it.step.ForEach != nil}
		if it.kind != nil {
			outputs.Types = it.kind.types
		}
		u.scope.Steps[id] = outputs
	}
	each := u.scope
	each.Item = true
	u.plain, u.each = expr.New(u.scope), expr.New(each)
}

// env is the environment of a step's input.
func (u *unit) env(it *item) *expr.Env {
	if it.step.ForEach != nil {
		return u.each
	}
	return u.plain
}

// fill makes the step's Spec and checks everything in it.
func (u *unit) fill(it *item) {
	s := it.step
	it.spec = steps.Spec{When: s.When.Value, Idempotent: s.Idempotent, InDoubt: s.InDoubt.Value}
	u.when(it)
	u.forEach(it)
	u.environment(it)
	u.doubtCheck(it)
	if it.kind != nil {
		it.spec.Type = it.kind.Type
		u.input(it)
	}
	u.targets(it)
	it.spec.Refs = it.refs
}

func (u *unit) when(it *item) {
	n := it.step.When.Node
	if n == nil {
		return
	}
	if !expr.HasExpr(n.Value) {
		u.errorf(n, RuleExpression, "write it as ${"+n.Value+"}", "\"when\" wants an expression")
		return
	}
	t, ok := u.template(it, n, u.plain, false)
	if ok && t != expr.Bool && t != expr.Any {
		u.errorf(n, RuleExpression, "compare it with something", "\"when\" wants true or false, but this is %s", ofType(t))
	}
}

func (u *unit) forEach(it *item) {
	n := it.step.ForEach
	if n == nil {
		return
	}
	it.spec.ForEach = u.json(n)
	if n.Kind != yaml.ScalarNode {
		u.itemKeys(n)
		u.walk(it, n, nil, u.plain)
		return
	}
	if n.ShortTag() != "!!str" || !expr.HasExpr(n.Value) {
		u.errorf(n, RuleType, "such as [a, b] or ${params.regions}", "\"for_each\" wants a list, a mapping or an expression for one, not %s", describe(n))
		return
	}
	t, ok := u.template(it, n, u.plain, false)
	if ok && t != expr.List && t != expr.Map && t != expr.Any {
		u.errorf(n, RuleExpression, "", "\"for_each\" wants a list or a mapping, but this is %s", ofType(t))
	}
}

func (u *unit) environment(it *item) {
	if len(it.step.Env) > 0 {
		it.spec.Env = make(map[string]string, len(it.step.Env))
	}
	for _, e := range it.step.Env {
		it.spec.Env[e.Key.Value] = e.Value.Value
		if e.Value.Node != nil {
			u.text(it, e.Value.Node, &steps.Field{Type: steps.FieldString, Secret: true}, u.env(it))
		}
	}
}

// doubtCheck reads the command that tells after a crash whether a step was done.
func (u *unit) doubtCheck(it *item) {
	n := it.step.Check
	if n == nil {
		return
	}
	it.spec.Check = u.json(n)
	if n.Kind == yaml.MappingNode || n.Kind == yaml.ScalarNode && (n.ShortTag() != "!!str" || n.Value == "") {
		u.errorf(n, RuleType, "", "\"check\" wants a command: a string for the shell, or a list of arguments, not %s", describe(n))
		return
	}
	if n.Kind == yaml.ScalarNode && expr.HasExpr(n.Value) {
		u.errorf(n, RuleScript, "give it as env or as a parameter, or write the command as a list; for the shell's own ${NAME} write $${NAME}", "an expression cannot stand in text for a shell")
		return
	}
	u.walk(it, n, &steps.Field{Type: steps.FieldCommand}, u.env(it))
}

// input decodes the fields of the step's type as far as they are known.
func (u *unit) input(it *item) {
	n, before := it.input.Value, len(u.list)
	raw := u.json(n)
	if len(u.list) > before {
		return
	}
	normal, err := it.kind.Normalize(raw)
	if err != nil {
		u.errorf(n, RuleField, "", "%s: %v", it.kind.Type, err)
		return
	}
	it.spec.Input = normal
	_, err = it.kind.DecodePartial(normal, expr.HasExpr)
	for _, err := range flat(err) {
		u.fieldError(it, err)
	}
	u.walk(it, n, it.kind.input(n), u.env(it))
}

// flat takes joined errors apart.
func flat(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, flat(e)...)
	}
	return out
}

// fieldError reports an error of the step's fields where the field stands.
func (u *unit) fieldError(it *item, err error) {
	var field *steps.FieldError
	if !errors.As(err, &field) {
		u.errorf(it.input.Key, RuleField, "", "%s: %v", it.kind.Type, err)
		return
	}
	node := locate(it, field.Path)
	rule, hint := RuleField, ""
	if node.Kind == yaml.ScalarNode && expr.HasExpr(node.Value) {
		rule, hint = RuleScript, "for the shell's own ${NAME} write $${NAME}, or $NAME"
	}
	u.errorf(node, rule, hint, "%s.%s: %v", it.kind.Type, field.Path, field.Err)
}

// locate finds the node that a dotted path such as "tls.ca" or "paths[2]"
// means: a value, the key of an unknown field, or the nearest thing around one
// that is not there.
func locate(it *item, path string) *yaml.Node {
	at, key, f := it.input.Value, it.input.Key, &it.kind.root
	for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		next, nextKey := child(at, name)
		if next == nil && key == it.input.Key && (name == it.kind.Scalar || name == it.kind.List) && at.Kind != yaml.MappingNode {
			f = elem(f, name) // a bare value
			continue
		}
		if next == nil {
			break
		}
		unknown := f != nil && f.Type == steps.FieldObject && elem(f, name) == nil
		at, key, f = next, nextKey, elem(f, name)
		if unknown {
			return key
		}
	}
	if at.Kind == yaml.MappingNode || at == it.input.Value && at.ShortTag() == "!!null" {
		return key
	}
	return at
}

// child finds a pair of a mapping by its key, or an item of a list by its index.
func child(n *yaml.Node, name string) (value, key *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i+1], n.Content[i]
			}
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			if fmt.Sprint(i) == name {
				return item, item
			}
		}
	}
	return nil, nil
}
