package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Decode turns a step's input, an object with every expression resolved, into a
// fresh config: defaults applied, unknown fields refused, Validate called. The
// error joins one *FieldError for each problem. A number or a bool fits a
// string field, as its text: an expression may have made it.
func (k Kind) Decode(input json.RawMessage) (Step, error) {
	return k.decode(input, &decoder{loose: true})
}

// DecodePartial is Decode for an input whose expressions are unresolved: a
// string for which hole is true fits any field, which is left zero. A literal
// must have its field's own type.
func (k Kind) DecodePartial(input json.RawMessage, hole func(string) bool) (Step, error) {
	return k.decode(input, &decoder{hole: hole})
}

// Normalize turns the value beside a kind's key into its object: a bare scalar
// becomes the field Scalar, a list the field List, nothing an empty object.
func (k Kind) Normalize(value json.RawMessage) (json.RawMessage, error) {
	value = bytes.TrimSpace(value)
	if len(value) == 0 || bytes.Equal(value, []byte("null")) {
		return json.RawMessage("{}"), nil
	}
	name := k.Scalar
	switch value[0] {
	case '{':
		return value, nil
	case '[':
		name = k.List
	}
	if name == "" {
		return nil, fmt.Errorf("want fields, such as {%s: …}, not a bare value", k.firstField())
	}
	return json.Marshal(map[string]json.RawMessage{name: value})
}

func (k Kind) firstField() string {
	fields := k.Fields()
	for _, f := range fields {
		if f.Required {
			return f.Name
		}
	}
	if len(fields) > 0 {
		return fields[0].Name
	}
	return ""
}

func (k Kind) decode(input json.RawMessage, d *decoder) (Step, error) {
	tree, err := readTree(input)
	if err != nil {
		return nil, err
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("want an object of fields, got %s", describe(tree))
	}
	step := k.New()
	d.object("", k.Fields(), reflect.ValueOf(step).Elem(), object)
	if err := d.err(); err != nil {
		return nil, err
	}
	if v, ok := step.(Validator); ok {
		if err := v.Validate(d.holes > 0); err != nil {
			return nil, err
		}
	}
	return step, nil
}

// readTree parses JSON with numbers kept as written.
func readTree(input json.RawMessage) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(input))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("read the step's input: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the step's input: more than one value")
	}
	return tree, nil
}

// describe names a JSON value for an error message. A string is not quoted: it
// may be a secret.
func describe(x any) string {
	switch x := x.(type) {
	case nil:
		return "nothing"
	case bool:
		return fmt.Sprintf("%t", x)
	case json.Number:
		return "the number " + x.String()
	case string:
		return "a string"
	case []any:
		return "a list"
	}
	return "an object"
}
