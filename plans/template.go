package plans

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// walk checks every string below n. F describes n; nil: nothing is known of it.
func (u *unit) walk(it *item, n *yaml.Node, f *steps.Field, env *expr.Env) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			u.walk(it, n.Content[i+1], elem(f, n.Content[i].Value), env)
		}
	case yaml.SequenceNode:
		for _, child := range n.Content {
			u.walk(it, child, elem(f, ""), env)
		}
	case yaml.ScalarNode:
		if n.ShortTag() == "!!str" {
			u.text(it, n, f, env)
		}
	}
}

// text checks one string of a step against its field.
func (u *unit) text(it *item, n *yaml.Node, f *steps.Field, env *expr.Env) {
	u.placeholders(it, n)
	if !expr.HasExpr(n.Value) {
		return
	}
	if f != nil && (f.Literal || f.Type == steps.FieldCommand) {
		return // the decoder has refused it
	}
	t, ok := u.template(it, n, env, f != nil && f.Secret)
	if ok && f != nil && !fits(t, f) {
		u.errorf(n, RuleExpression, "", "%swants %s, but this is %s", label(f), wanted(f.Type), ofType(t))
	}
}

// template checks a string with expressions and remembers what it reads. Ok is
// false where it has reported something.
func (u *unit) template(it *item, n *yaml.Node, env *expr.Env, secrets bool) (t expr.Type, ok bool) {
	refs, err := expr.References(n.Value)
	if err == nil {
		for _, id := range refs.Steps {
			if !slices.Contains(it.refs, id) {
				it.refs = append(it.refs, id)
			}
		}
		if u.unknownStep(n, refs.Steps) {
			return t, false
		}
		t, err = env.Check(n.Value)
	}
	if err != nil {
		u.exprError(n, err)
		return t, false
	}
	if len(refs.Secrets) > 0 && !secrets {
		u.errorf(n, RuleSecret, "give it to the step as env", "the secret %q would be seen here: secrets go into env and into fields made for them", refs.Secrets[0])
		return t, false
	}
	return t, true
}

// unknownStep reports a step that is not there where there are so many that to
// look for the nearest of them, again and again, would take minutes.
func (u *unit) unknownStep(n *yaml.Node, read []string) bool {
	if len(u.byID) <= manySteps {
		return false
	}
	for _, id := range read {
		if u.byID[id] == nil {
			u.errorf(n, RuleExpression, "", "unknown step %q", id)
			return true
		}
	}
	return false
}

func (u *unit) exprError(n *yaml.Node, err error) {
	var e *expr.Error
	if !errors.As(err, &e) {
		u.errorf(n, RuleExpression, "", "%v", err)
		return
	}
	u.inside(n, e.Offset, e.Length, RuleExpression, e.Hint, e.Msg)
}

// readsSteps lists the steps that a template reads; none where it does not parse.
func readsSteps(template string) []string {
	if !expr.HasExpr(template) {
		return nil
	}
	refs, err := expr.References(template)
	if err != nil {
		return nil
	}
	return refs.Steps
}

// fits reports whether a value of type t can stand in the field. A string field
// takes every scalar as its text.
func fits(t expr.Type, f *steps.Field) bool {
	if t == expr.Any {
		return true
	}
	accepts, known := acceptedBy[f.Type]
	return !known || slices.Contains(accepts, t)
}

var acceptedBy = map[steps.FieldType][]expr.Type{
	steps.FieldString:   {expr.String, expr.Int, expr.Number, expr.Bool, expr.Time},
	steps.FieldInt:      {expr.Int},
	steps.FieldNumber:   {expr.Number, expr.Int},
	steps.FieldBool:     {expr.Bool},
	steps.FieldDuration: {expr.String},
	steps.FieldSize:     {expr.String, expr.Int},
	steps.FieldTime:     {expr.Time, expr.String},
	steps.FieldList:     {expr.List},
	steps.FieldMap:      {expr.Map},
	steps.FieldObject:   {expr.Map},
}

func label(f *steps.Field) string {
	if f.Name == "" {
		return "this place "
	}
	return fmt.Sprintf("%q ", f.Name)
}

func wanted(t steps.FieldType) string {
	switch t {
	case steps.FieldInt:
		return "a whole number"
	case steps.FieldBool:
		return "true or false"
	case steps.FieldObject, steps.FieldMap:
		return "a mapping"
	}
	return "a " + string(t)
}

func ofType(t expr.Type) string {
	if t == expr.Int {
		return "an int"
	}
	return "a " + string(t)
}
