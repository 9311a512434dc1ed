package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans/expr"
)

// byHand is what a person would type in place of a step, one command a line.
// What only a run can know, such as another step's output, stays an expression.
func byHand(n engine.Node, params map[string]any) []string {
	kind, ok := registry().Lookup(n.Type)
	if !ok {
		return nil
	}
	input := specOf(n).Input
	if known, err := fillIn(input, params); err == nil {
		input = known
	}
	text, err := kind.Commands(input)
	if err != nil {
		return nil // a test renders every kind's
	}
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// fillIn evaluates what reads parameters alone.
func fillIn(input json.RawMessage, params map[string]any) (json.RawMessage, error) {
	var tree any
	if err := json.Unmarshal(input, &tree); err != nil {
		return nil, err
	}
	scope := expr.Scope{Params: map[string]expr.Type{}}
	for name := range params {
		scope.Params[name] = "any"
	}
	return json.Marshal(fillTree(expr.New(scope), tree, params))
}

func fillTree(env *expr.Env, v any, params map[string]any) any {
	switch v := v.(type) {
	case string:
		return fillText(env, v, params)
	case []any:
		for i := range v {
			v[i] = fillTree(env, v[i], params)
		}
	case map[string]any:
		for k := range v {
			v[k] = fillTree(env, v[k], params)
		}
	}
	return v
}

// fillText evaluates the parts of a text that read parameters alone; the others
// stay expressions, and a literal $${ is what the run makes of it.
func fillText(env *expr.Env, text string, params map[string]any) any {
	parts, err := expr.Split(text)
	if err != nil {
		return text
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Expr == "" {
			b.WriteString(p.Text)
			continue
		}
		whole := "${" + p.Expr + "}"
		if len(parts) == 1 {
			if value, ok := known(env, whole, params); ok {
				return value
			}
			return whole
		}
		text, ok := known(env, beside+whole, params) // as text, in the run's own way
		if !ok {
			text = beside + whole
		}
		b.WriteString(strings.TrimPrefix(fmt.Sprint(text), beside))
	}
	return b.String()
}

// beside makes an expression one of several parts, whose value becomes text.
const beside = "|"

func known(env *expr.Env, expression string, params map[string]any) (any, bool) {
	refs, err := expr.References(expression)
	if err != nil || len(refs.Params) == 0 || refs.Item || refs.Run || len(refs.Steps)+len(refs.Secrets) > 0 {
		return nil, false
	}
	value, err := env.Eval(expression, expr.Vars{Params: params})
	return value, err == nil
}
