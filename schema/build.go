package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

// ID is where the schema is known as.
const ID = "https://drplan.dev/schema/v1.json"

// node is a schema, or a part of one.
type node = map[string]any

// Build makes the schema of plans whose steps are of the registry's kinds.
func Build(reg *steps.Registry) ([]byte, error) {
	b := &builder{reg: reg, defs: node{}}
	root := node{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"$id":                  ID,
		"title":                "Disaster-recovery plan",
		"type":                 "object",
		"properties":           node{"disaster_recovery_plan": b.of(reflect.TypeFor[plans.Plan]())},
		"required":             []string{"disaster_recovery_plan"},
		"additionalProperties": false,
		"patternProperties":    extensions(),
		"$defs":                b.defs,
	}
	out, err := json.MarshalIndent(root, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode the schema: %w", err)
	}
	return append(out, '\n'), nil
}

type builder struct {
	reg  *steps.Registry
	defs node // by the name of the Go type
}

func extensions() node { return node{"^x-": node{}} }

// of is the schema of a document's type.
func (b *builder) of(t reflect.Type) node {
	switch t {
	case reflect.TypeFor[plans.Text]():
		return node{"type": "string"}
	case reflect.TypeFor[plans.Duration]():
		return node{"type": "string", "minLength": 1}
	case reflect.TypeFor[plans.Date]():
		return node{"type": "string", "pattern": `^\d{4}-\d{2}-\d{2}$`}
	case reflect.TypeFor[plans.Needs]():
		return list(node{"type": "string"})
	}
	switch t.Kind() {
	case reflect.Pointer: // a YAML node: anything
		return node{}
	case reflect.Bool:
		return node{"type": "boolean"}
	case reflect.Int:
		return node{"type": "integer"}
	case reflect.Slice:
		if value, ok := mapValue(t); ok {
			return node{"type": "object", "additionalProperties": b.of(value), "propertyNames": node{"minLength": 1}}
		}
		return list(b.of(t.Elem()))
	}
	return b.reference(t)
}

func list(items node) node { return node{"type": "array", "items": items} }

// mapValue is the type of the values of a plans.Map.
func mapValue(t reflect.Type) (reflect.Type, bool) {
	if t.Elem().Kind() != reflect.Struct {
		return nil, false
	}
	value, ok := t.Elem().FieldByName("Value")
	_, keyed := t.Elem().FieldByName("Key")
	return value.Type, ok && keyed
}

// reference puts a struct's schema among the definitions and refers to it.
func (b *builder) reference(t reflect.Type) node {
	name := strings.ToLower(t.Name())
	if _, done := b.defs[name]; !done {
		def := node{}
		b.defs[name] = def // before its fields: a step holds steps
		b.fill(def, t)
	}
	return node{"$ref": "#/$defs/" + name}
}

// fill makes an object of a struct's fields.
func (b *builder) fill(def node, t reflect.Type) {
	properties, required := node{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("json")
		if name == "" {
			continue
		}
		properties[name] = b.property(f)
		if f.Tag.Get("plan") == "required" {
			required = append(required, name)
		}
	}
	def["type"], def["properties"], def["additionalProperties"], def["patternProperties"] = "object", properties, false, extensions()
	if len(required) > 0 {
		def["required"] = required
	}
	b.special(def, t, properties)
}

// special is what the types that read themselves take beside an object.
func (b *builder) special(def node, t reflect.Type, properties node) {
	switch t {
	case reflect.TypeFor[plans.Step]():
		for _, typ := range b.reg.Types() {
			k, _ := b.reg.Lookup(typ)
			properties[typ] = kindSchema(k)
		}
	case reflect.TypeFor[plans.Procedure]():
		steps := b.of(reflect.TypeFor[plans.Steps]())
		def["type"], def["items"], def["minItems"] = []string{"array", "object"}, steps["items"], 1
	case reflect.TypeFor[plans.Scenario]():
		def["type"] = []string{"string", "object"}
	}
}

func (b *builder) property(f reflect.StructField) node {
	out := b.of(f.Type)
	out["description"] = f.Tag.Get("doc")
	if enum := f.Tag.Get("enum"); enum != "" {
		of := out
		if items, many := out["items"].(node); many {
			of = items
		}
		of["enum"] = strings.Split(enum, ",")
	}
	if least, err := strconv.Atoi(f.Tag.Get("min")); err == nil {
		out["minimum"] = least
	}
	if (f.Tag.Get("plan") == "required" || f.Tag.Get("json") == "step") && out["type"] == "string" {
		out["minLength"] = 1
	}
	switch f.Name {
	case "Steps", "Parallel":
		out["minItems"] = 1
	case "Check":
		out["type"], out["minLength"] = []string{"string", "array"}, 1
	case "ForEach":
		out["type"] = []string{"string", "array", "object"}
	}
	return out
}
