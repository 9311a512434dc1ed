package expr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
)

// Eval evaluates a template. One that is a single expression gives the
// expression's value (nil, string, int64, float64, bool, []any, map[string]any;
// a time as RFC 3339 in UTC), any other a string. The error is an [*Error], and
// holds no secret.
func (e *Env) Eval(template string, v Vars) (any, error) {
	if !strings.Contains(template, "${") {
		return template, nil
	}
	parts, err := Split(template)
	if err != nil {
		return nil, err
	}
	if len(parts) == 1 && parts[0].Expr != "" {
		return e.evalPart(parts[0], &v)
	}
	var b strings.Builder
	for _, p := range parts {
		s, err := e.evalText(p, &v)
		if err != nil {
			return nil, err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// EvalString evaluates a template as text, even one that is a single
// expression: for environment variables and prompts.
func (e *Env) EvalString(template string, v Vars) (string, error) {
	value, err := e.Eval(template, v)
	if err != nil {
		return "", err
	}
	s, err := text(value)
	if err != nil {
		return "", whole(template, err.Error(), "")
	}
	return s, nil
}

// EvalBool evaluates a template that is a condition. Anything but a bool is an
// error: there is no truth in a string.
func (e *Env) EvalBool(template string, v Vars) (bool, error) {
	value, err := e.Eval(template, v)
	if err != nil {
		return false, err
	}
	b, ok := value.(bool)
	if !ok {
		return false, whole(template, "is "+kindOf(value)+", not a bool", "compare it with something: ${x == \"yes\"}")
	}
	return b, nil
}

// EvalTree evaluates every string in a JSON value; keys stay as they are. The
// error names the place, such as include_namespaces[0], and wraps an [*Error].
func (e *Env) EvalTree(input json.RawMessage, v Vars) (json.RawMessage, error) {
	if !bytes.Contains(input, []byte("${")) {
		return input, nil
	}
	var tree any
	if err := unmarshal(input, &tree); err != nil {
		return nil, err
	}
	tree, err := e.evalNode(tree, v, "")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return nil, err
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

func (e *Env) evalNode(node any, v Vars, at string) (any, error) {
	var err error
	switch n := node.(type) {
	case string:
		value, err := e.Eval(n, v)
		if err != nil && at != "" {
			err = fmt.Errorf("%s: %w", at, err)
		}
		return value, err
	case []any:
		for i := range n {
			if n[i], err = e.evalNode(n[i], v, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range n {
			if n[key], err = e.evalNode(n[key], v, strings.TrimPrefix(at+"."+key, ".")); err != nil {
				return nil, err
			}
		}
	}
	return node, nil
}

func (e *Env) evalText(p Part, v *Vars) (string, error) {
	if p.Expr == "" {
		return p.Text, nil
	}
	value, err := e.evalPart(p, v)
	if err != nil {
		return "", err
	}
	s, err := text(value)
	if err != nil {
		return "", shift(whole(p.Expr, err.Error(), "let the expression stand alone, or make text of it first"), p)
	}
	return s, nil
}

// evalPart evaluates an expression to a native value.
func (e *Env) evalPart(p Part, v *Vars) (any, error) {
	b := &binding{&e.scope, v}
	value, err := e.evalExpr(p.Expr, b)
	if err == nil {
		value, err = native(value)
	}
	if err == nil {
		return value, nil
	}
	var located *Error
	if !errors.As(err, &located) {
		err = whole(p.Expr, safeMessage(p.Expr, err), "")
	}
	return nil, shift(err, p)
}

func (e *Env) evalExpr(expr string, b *binding) (any, error) {
	if path, ok := parsePath(expr); ok {
		if _, ok, err := e.scope.pathType(path); err != nil {
			return nil, err
		} else if ok {
			return path.value(b)
		}
	}
	checked, err := e.compile(expr)
	if err != nil {
		return nil, err
	}
	env, err := e.cel()
	if err != nil {
		return nil, err
	}
	program, err := env.Program(checked, cel.CostLimit(CostLimit))
	if err != nil {
		return nil, err
	}
	item, err := load(Any, b.vars.Item)
	if err != nil {
		return nil, fmt.Errorf("item: %w", err)
	}
	value, _, err := program.Eval(map[string]any{
		rootParams: b, rootSteps: b, rootRun: b, rootSecret: b, rootItem: item, rootKey: b.vars.Key,
	})
	return value, err
}

// safeMessage says why an evaluation failed. An expression that reads a secret
// fails without details, since CEL's errors quote values: int(secret.X) would.
func safeMessage(expr string, err error) string {
	var secret *secretError
	if errors.As(err, &secret) {
		return secret.Error()
	}
	refs, parseErr := References("${" + expr + "}")
	if _, isPath := parsePath(expr); !isPath && (parseErr != nil || len(refs.Secrets) > 0) {
		return "cannot be evaluated; the reason is left out, since it may quote a secret"
	}
	msg := err.Error()
	switch {
	case strings.Contains(msg, "cost limit exceeded"):
		return fmt.Sprintf("costs more than %d steps to evaluate: let a command do it", CostLimit)
	case strings.HasPrefix(msg, "no such overload"):
		return "does not fit the values it was given (" + msg + ")"
	}
	return msg
}
