package stepstest

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
	"sigs.k8s.io/yaml"
)

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func described(t *testing.T, k steps.Kind) {
	if !snakeCase.MatchString(k.Type) {
		t.Errorf("the type %q is not snake_case", k.Type)
	}
	for name, text := range map[string]string{"Summary": k.Summary, "Doc": k.Doc, "Example": k.Example} {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	if k.Timeout <= 0 {
		t.Error("Timeout is not above 0")
	}
	if len(k.Fields()) == 0 {
		t.Error("it has no fields")
	}
	fieldsDescribed(t, "", k.Fields())
	for _, o := range k.Outputs {
		if !snakeCase.MatchString(o.Name) || o.Doc == "" || !knownOutputType(o.Type) {
			t.Errorf("output %+v: want a snake_case name, a known type and a doc", o)
		}
	}
	shorthands(t, k)
}

func fieldsDescribed(t *testing.T, path string, fields []steps.Field) {
	for _, f := range fields {
		name := path + f.Name
		if !snakeCase.MatchString(f.Name) {
			t.Errorf("field %s is not snake_case", name)
		}
		if f.Doc == "" {
			t.Errorf("field %s has no doc", name)
		}
		fieldsDescribed(t, name+".", f.Fields)
		if f.Elem != nil {
			fieldsDescribed(t, name+"[].", f.Elem.Fields)
		}
	}
}

func shorthands(t *testing.T, k steps.Kind) {
	names := map[string]bool{"": true}
	for _, f := range k.Fields() {
		names[f.Name] = true
	}
	if !names[k.Scalar] || !names[k.List] {
		t.Errorf("Scalar %q and List %q must name fields", k.Scalar, k.List)
	}
}

func exampleDecodes(t *testing.T, k steps.Kind) {
	if _, err := k.DecodePartial(exampleInput(t, k), isTemplate); err != nil {
		t.Error(err)
	}
}

// byHand fills the commands for a person from the example.
func byHand(t *testing.T, k steps.Kind) {
	text, err := k.Commands(exampleInput(t, k))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "…") {
		t.Errorf("it reads a field that the example has not:\n%s", text)
	}
}

// exampleInput is the input of the kind's example, without shorthand.
func exampleInput(t *testing.T, k steps.Kind) json.RawMessage {
	data, err := yaml.YAMLToJSON([]byte(k.Example))
	if err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil && len(list) == 1 {
		data = list[0]
	}
	var step map[string]json.RawMessage
	if err := json.Unmarshal(data, &step); err != nil {
		t.Fatalf("the example is not one step: %v", err)
	}
	value, ok := step[k.Type]
	if !ok {
		t.Fatalf("the example has no key %q", k.Type)
	}
	input, err := k.Normalize(value)
	if err != nil {
		t.Fatal(err)
	}
	return input
}

func isTemplate(s string) bool { return strings.Contains(s, "${") }

func strict(t *testing.T, k steps.Kind, c Case) {
	input := JSON(t, c.Input(t))
	if _, err := k.Decode(input); err != nil {
		t.Fatalf("the valid input: %v", err)
	}
	refused(t, k, with(t, input, "no_such_field", json.RawMessage("1")), "no_such_field")
	for _, f := range k.Fields() {
		if f.Required {
			refused(t, k, with(t, input, f.Name, nil), f.Name)
		}
		if f.Type != steps.FieldAny {
			refused(t, k, with(t, input, f.Name, json.RawMessage(`[{"a":[]}]`)), f.Name)
		}
	}
}

// with returns the input with one field set, or removed where value is nil.
func with(t *testing.T, input json.RawMessage, name string, value json.RawMessage) json.RawMessage {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(input, &object); err != nil {
		t.Fatalf("the input is not an object: %v", err)
	}
	if object[name] = value; value == nil {
		delete(object, name)
	}
	return JSON(t, object)
}

func refused(t *testing.T, k steps.Kind, input json.RawMessage, field string) {
	t.Helper()
	_, err := k.Decode(input)
	var fe *steps.FieldError
	if !errors.As(err, &fe) {
		t.Errorf("%s is wrong, and decoding says %v: want a *steps.FieldError", field, err)
		return
	}
	if !strings.Contains(err.Error(), field) {
		t.Errorf("the error does not name %s: %v", field, err)
	}
}

func waits(t *testing.T, k steps.Kind) {
	w, ok := k.New().(steps.Waiter)
	if !ok {
		t.Fatal("Traits.Wait is set, but the config is no steps.Waiter")
	}
	if d, _ := w.Wait(); d < 0 {
		t.Errorf("it waits %s", d)
	}
}
