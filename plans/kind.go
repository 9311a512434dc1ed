package plans

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// kind is a step kind with what is asked of it for every step.
type kind struct {
	steps.Kind
	root  steps.Field          // the step's input as a field: an object
	types map[string]expr.Type // of its outputs
}

func (c *compiler) kind(typ string) *kind {
	if k, ok := c.kinds[typ]; ok {
		return k
	}
	found, ok := c.reg.Lookup(typ)
	if !ok {
		return nil
	}
	k := &kind{Kind: found, root: steps.Field{Type: steps.FieldObject, Fields: found.Fields()}, types: map[string]expr.Type{}}
	for _, o := range found.Outputs {
		k.types[o.Name] = expr.Type(o.Type)
	}
	c.kinds[typ] = k
	return k
}

// input is the field that describes the value beside the type's key: all
// fields, or the one that a bare value goes to.
func (k *kind) input(n *yaml.Node) *steps.Field {
	name := k.Scalar
	switch n.Kind {
	case yaml.MappingNode:
		return &k.root
	case yaml.SequenceNode:
		name = k.List
	}
	return fieldNamed(k.root.Fields, name)
}

func fieldNamed(fields []steps.Field, name string) *steps.Field {
	i := slices.IndexFunc(fields, func(f steps.Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}

// elem is the field of an item of a list, or of a value of a mapping.
func elem(f *steps.Field, name string) *steps.Field {
	switch {
	case f == nil:
		return nil
	case f.Type == steps.FieldObject:
		return fieldNamed(f.Fields, name)
	case f.Type == steps.FieldCommand:
		return &steps.Field{Type: steps.FieldString}
	}
	return f.Elem
}

// resolveKind finds the one key of a step that is its type.
func (u *unit) resolveKind(it *item) {
	var unknown int
	for _, pair := range it.step.Rest {
		k := u.c.kind(pair.Key.Value)
		switch {
		case k == nil:
			unknown++
			u.unknownKey(pair.Key)
		case it.kind != nil:
			u.errorf(pair.Key, RuleStepType, "make it two steps", "a step has one type, but this one is %q (line %d) and %q (line %d)",
				it.kind.Type, it.input.Key.Line, k.Type, pair.Key.Line)
		default:
			it.kind, it.input = k, pair
		}
	}
	if it.kind == nil && unknown == 0 {
		u.errorf(it.step.Node, RuleStepType, "the types are "+listed(u.c.reg.Types()), "the step %q has no type", it.step.Name.Value)
	}
}

// unknownKey reports a key of a step that is neither a type nor common to all.
func (u *unit) unknownKey(key *yaml.Node) {
	common := shapeOf(stepType).names
	hint := steps.Nearest(key.Value, slices.Concat(common, u.c.reg.Types()))
	if hint != "" {
		hint = "did you mean \"" + hint + "\"?"
	} else {
		hint = "the types are " + listed(u.c.reg.Types()) + "; the other keys are " + strings.Join(common, ", ")
	}
	u.errorf(key, RuleUnknownKey, hint, "%q is no step type, and no key of a step", key.Value)
}
