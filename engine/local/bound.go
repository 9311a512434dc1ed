package local

import (
	"encoding/json"
	"fmt"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// bound is a step with everything its expressions may read, copied, so that an
// attempt's goroutine can evaluate them.
type bound struct {
	*node
	key   string
	exprs *expr.Env
	vars  expr.Vars
}

// bind is called from the loop alone.
func (d *driver) bind(n *node, key string, item json.RawMessage) bound {
	outputs := make(map[string]json.RawMessage, len(n.spec.Refs))
	for _, ref := range n.spec.Refs {
		if o := d.progress.outputs[ref]; len(o) > 0 {
			outputs[ref] = o
		}
	}
	vars := expr.Vars{Params: d.params, Steps: outputs, Run: d.runVars(), Key: key, Secret: d.secret}
	if item != nil {
		if v, err := decodeValue(item); err == nil { // it was encoded by items
			vars.Item = v
		}
	}
	return bound{node: n, key: key, exprs: d.exprs, vars: vars}
}

func (d *driver) runVars() map[string]any {
	h := d.header
	return map[string]any{
		"id": h.RunID, "mode": string(h.Mode), "scenario": h.Scenario, "procedure": h.Procedure,
		"started_at": h.Started, "dir": d.log.Dir(),
	}
}

// secret finds a secret's value and has it redacted from here on.
func (d *driver) secret(name string) (string, error) {
	value, err := d.cfg.Secrets(name)
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", name, err)
	}
	d.redact.add(value)
	return value, nil
}

func (b bound) when() (bool, error) {
	if b.spec.When == "" {
		return true, nil
	}
	v, err := b.exprs.Eval(b.spec.When, b.vars)
	if err != nil {
		return false, fmt.Errorf("when: %w", err)
	}
	ok, isBool := v.(bool)
	if !isBool {
		return false, fmt.Errorf("when: %q is not a boolean", b.spec.When)
	}
	return ok, nil
}

func (b bound) wait() (d engine.Span, prompt string, err error) {
	step, err := b.decode()
	if err != nil {
		return 0, "", err
	}
	w, ok := step.(steps.Waiter)
	if !ok {
		return 0, "", fmt.Errorf("the kind %s waits, but cannot say how long", b.Type)
	}
	d, prompt = w.Wait()
	return d, prompt, nil
}

// input is the step's input with every expression evaluated.
func (b bound) input() (json.RawMessage, error) {
	if !b.dynamic {
		return b.spec.Input, nil
	}
	return b.exprs.EvalTree(b.spec.Input, b.vars)
}

func (b bound) decode() (steps.Step, error) {
	input, err := b.input()
	if err != nil {
		return nil, err
	}
	step, err := b.kind.Decode(input)
	if err != nil {
		return nil, err
	}
	if v, ok := step.(steps.Validator); ok {
		return step, v.Validate(false)
	}
	return step, nil
}

// decodeKnown decodes the step with what is known of its inputs; fields that
// earlier steps have yet to give are empty.
func (b bound) decodeKnown() (steps.Step, error) {
	tree, err := decodeValue(b.spec.Input)
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(b.known(tree))
	if err != nil {
		return nil, err
	}
	return b.kind.DecodePartial(input, expr.HasExpr)
}

// known evaluates every string of a tree that can be evaluated.
func (b bound) known(v any) any {
	switch v := v.(type) {
	case string:
		if value, err := b.exprs.Eval(v, b.vars); err == nil {
			return value
		}
	case []any:
		for i := range v {
			v[i] = b.known(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = b.known(v[k])
		}
	}
	return v
}

func (b bound) env() (map[string]string, error) {
	env := make(map[string]string, len(b.spec.Env))
	for name, template := range b.spec.Env {
		v, err := b.exprs.Eval(template, b.vars)
		if err != nil {
			return nil, fmt.Errorf("env %s: %w", name, err)
		}
		env[name] = fmt.Sprint(v)
	}
	return env, nil
}
