package expr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Vars holds the values that an evaluation reads. Each is converted to the type
// that the scope gives its name, when it is read.
type Vars struct {
	Params map[string]any             // JSON-able values, json.RawMessage and json.Number too
	Steps  map[string]json.RawMessage // outputs by id, as recorded: an object; with for_each key → object. A step that did not succeed is absent
	Run    map[string]any             // the fields of run; started_at a time.Time or RFC 3339
	Item   any                        // like Params
	Key    string
	Secret func(name string) (string, error) // nil: there are none
}

// binding is Vars beside the scope that types them.
type binding struct {
	scope *Scope
	vars  *Vars
}

func (b *binding) param(name string) (any, error) {
	v, ok := b.vars.Params[name]
	if !ok {
		return nil, fmt.Errorf("parameter %q has no value", name)
	}
	return b.load("params."+name, b.scope.Params[name], v)
}

func (b *binding) run(name string) (any, error) {
	v, ok := b.vars.Run[name]
	if !ok {
		return nil, fmt.Errorf("run.%s has no value here", name)
	}
	return b.load("run."+name, runTypes[name], v)
}

func (b *binding) secret(name string) (any, error) {
	if b.vars.Secret == nil {
		return nil, fmt.Errorf("secret %q cannot be read here: secrets are for env and for fields that are secret", name)
	}
	s, err := b.vars.Secret(name)
	if err != nil {
		return nil, &secretError{name, err}
	}
	return s, nil
}

// secretError is an error about a secret that does not hold its value.
type secretError struct {
	name string
	err  error
}

func (e *secretError) Error() string { return fmt.Sprintf("secret %q: %v", e.name, e.err) }
func (e *secretError) Unwrap() error { return e.err }

// step returns the outputs of a step: a record, of a for_each step a map of them.
func (b *binding) step(id string) (any, error) {
	o := b.scope.Steps[id]
	raw := b.vars.Steps[id]
	if !o.ForEach {
		return newRecord(id, "", o, raw)
	}
	var instances map[string]json.RawMessage
	if err := unmarshal(raw, &instances); err != nil {
		return nil, fmt.Errorf("outputs of step %q: %w", id, err)
	}
	all := make(map[string]any, len(instances))
	for key, raw := range instances {
		r, err := newRecord(id, key, o, raw)
		if err != nil {
			return nil, err
		}
		all[key] = r
	}
	return types.NewStringInterfaceMap(types.DefaultTypeAdapter, all), nil
}

func (b *binding) load(name string, t Type, v any) (any, error) {
	loaded, err := load(t, v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return loaded, nil
}

// record is the outputs of one instance of a step. CEL sees it as a value of an
// object type; its fields are read by outputReader.
type record struct {
	step, key string
	of        Outputs
	fields    map[string]json.RawMessage
}

func newRecord(step, key string, of Outputs, raw json.RawMessage) (*record, error) {
	r := &record{step: step, key: key, of: of}
	if err := unmarshal(raw, &r.fields); err != nil {
		return nil, fmt.Errorf("outputs of step %q: %w", r.name(), err)
	}
	return r, nil
}

func (r *record) name() string {
	if r.key == "" {
		return r.step
	}
	return r.step + "[" + r.key + "]"
}

func (r *record) has(output string) bool {
	_, ok := r.fields[output]
	return ok
}

func (r *record) get(output string) (any, error) {
	raw, ok := r.fields[output]
	if !ok {
		return nil, r.missing(output)
	}
	t, bad := r.of.output(r.step, output)
	if bad != nil {
		return nil, errors.New(bad.msg)
	}
	v, err := load(t, raw)
	if err != nil {
		return nil, fmt.Errorf("output %q of step %q: %w", output, r.name(), err)
	}
	return v, nil
}

func (r *record) missing(output string) error {
	if len(r.fields) > 0 {
		names := keys(r.fields)
		slices.Sort(names)
		return fmt.Errorf("step %q gave no output %q, only %s", r.name(), output, strings.Join(names, ", "))
	}
	ref := "steps." + r.step
	if r.key != "" {
		ref += fmt.Sprintf("[%q]", r.key)
	}
	return fmt.Errorf("step %q has no outputs: it was skipped, or did not succeed; has(%s.%s) asks first", r.name(), ref, output)
}

// ConvertToNative, ConvertToType, Equal, Type and Value make a record a ref.Val.
func (r *record) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("step %q is not a value", r.name())
}
func (r *record) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("step %q is not a value", r.name())
}
func (r *record) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(r) == other) }
func (r *record) Type() ref.Type              { return types.NewObjectType(stepTypePrefix + r.step) }
func (r *record) Value() any                  { return r }

// unmarshal reads JSON, numbers as they are written; nothing is null.
func unmarshal(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(into)
}
