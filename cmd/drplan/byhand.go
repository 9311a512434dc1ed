package main

import (
	"encoding/json"
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
		refs, err := expr.References(v)
		if err != nil || len(refs.Params) == 0 || refs.Item || refs.Run || len(refs.Steps)+len(refs.Secrets) > 0 {
			return v
		}
		if value, err := env.Eval(v, expr.Vars{Params: params}); err == nil {
			return value
		}
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
