package local

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// resolve evaluates what a step's expressions say now, once and for all: its
// when, its items, how long its wait is, and a digest of its inputs.
func (d *driver) resolve(id string) engine.Resolved {
	n := d.nodes[id]
	out := engine.Resolved{Node: id, When: true}
	err := d.resolveInto(n, &out)
	if err != nil {
		out.Err = d.redact.text(err.Error())
	}
	return out
}

func (d *driver) resolveInto(n *node, out *engine.Resolved) (err error) {
	v := d.bind(n, "", nil)
	v.vars.Secret = unresolvedSecret
	if out.When, err = v.when(); err != nil || !out.When {
		return err
	}
	if n.ForEach {
		if out.Items, err = v.items(); err != nil {
			return err
		}
	}
	if n.Wait != engine.WaitNone {
		if out.WaitFor, out.Prompt, err = v.wait(); err != nil {
			return err
		}
	}
	out.Digest, err = d.digest(n, out.Items)
	return err
}

// digest is the SHA-256 over the evaluated inputs of all instances, in their
// order; secrets enter it by name only.
func (d *driver) digest(n *node, items []engine.Item) (string, error) {
	if !n.ForEach {
		items = []engine.Item{{}}
	}
	h := sha256.New()
	for _, it := range items {
		v := d.bind(n, it.Key, it.Value)
		v.vars.Secret = unresolvedSecret
		input, err := v.input()
		if err != nil {
			return "", err
		}
		h.Write(input)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func unresolvedSecret(name string) (string, error) { return "secret:" + name, nil }

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

// items evaluates for_each: a list in its order with the positions as keys (the
// items themselves where they are strings), a map by its sorted keys.
func (b bound) items() ([]engine.Item, error) {
	evaluated, err := b.exprs.EvalTree(b.spec.ForEach, b.vars)
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	value, err := decodeValue(evaluated)
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	switch v := value.(type) {
	case []any:
		return listItems(v)
	case map[string]any:
		return mapItems(v)
	}
	return nil, errors.New("for_each: it takes a list or a map")
}

func listItems(values []any) ([]engine.Item, error) {
	items := make([]engine.Item, len(values))
	seen := map[string]bool{}
	for i, v := range values {
		key, isString := v.(string)
		if !isString || key == "" {
			key = strconv.Itoa(i)
		}
		if seen[key] {
			return nil, fmt.Errorf("for_each: the item %q stands twice in the list: instances need different keys", key)
		}
		seen[key] = true
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		items[i] = engine.Item{Key: key, Value: raw}
	}
	return items, nil
}

func mapItems(values map[string]any) ([]engine.Item, error) {
	items := make([]engine.Item, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if key == "" {
			return nil, errors.New("for_each: a key is empty")
		}
		raw, err := json.Marshal(values[key])
		if err != nil {
			return nil, err
		}
		items = append(items, engine.Item{Key: key, Value: raw})
	}
	return items, nil
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

func decodeValue(raw json.RawMessage) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return plain(v), err
}

// plain turns JSON's numbers into ints where they are whole, else floats.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

func decodeParams(raw json.RawMessage) (map[string]any, error) {
	v, err := decodeValue(raw)
	if err != nil {
		return nil, fmt.Errorf("the run's parameters cannot be read: %w", err)
	}
	params, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the run's parameters are not an object")
	}
	return params, nil
}
