package schema

import (
	"encoding/json"
	"slices"

	"github.com/drplan/drplan/steps"
)

// hole matches a string with an expression, which fits any field.
const hole = `\$\{`

// kindSchema is the schema of the value beside a step's type: one flat object,
// which also takes the bare values that the kind takes.
func kindSchema(k steps.Kind) node {
	out := objectSchema(k.Fields())
	out["description"] = k.Summary
	types := []string{"object"}
	if len(requiredOf(k.Fields())) == 0 {
		types = append(types, "null")
	}
	for _, f := range k.Fields() {
		if f.Name == k.Scalar || f.Name == k.List {
			types = append(types, bare(out, f, k)...)
		}
	}
	out["type"] = types
	return out
}

// bare adds to an object's schema what a bare value of a field may be. The
// keywords of JSON Schema bind only values of their own type, so they mix.
func bare(out node, f steps.Field, k steps.Kind) []string {
	var types []string
	schema := fieldSchema(f)
	for _, t := range typesOf(schema) {
		if t == "object" || f.Name != bareField(k, t) {
			continue
		}
		types = append(types, t)
		for _, keyword := range keywordsOf(t) {
			if v, ok := schema[keyword]; ok {
				out[keyword] = v
			}
		}
	}
	return types
}

// bareField is the field that a bare value of a JSON type goes to.
func bareField(k steps.Kind, typ string) string {
	if typ == "array" {
		return k.List
	}
	return k.Scalar
}

func keywordsOf(typ string) []string {
	switch typ {
	case "array":
		return []string{"items"}
	case "string":
		return []string{"pattern", "anyOf", "minLength"}
	}
	return nil
}

func typesOf(schema node) []string {
	switch t := schema["type"].(type) {
	case string:
		return []string{t}
	case []string:
		return t
	}
	return []string{"string", "number", "boolean", "array"}
}

func requiredOf(fields []steps.Field) []string {
	var names []string
	for _, f := range fields {
		if f.Required {
			names = append(names, f.Name)
		}
	}
	return names
}

func objectSchema(fields []steps.Field) node {
	properties := node{}
	for _, f := range fields {
		properties[f.Name] = fieldSchema(f)
	}
	out := node{"type": "object", "properties": properties, "additionalProperties": false}
	if required := requiredOf(fields); len(required) > 0 {
		out["required"] = required
	}
	return out
}

func fieldSchema(f steps.Field) node {
	out := typeSchema(f)
	if f.Doc != "" {
		out["description"] = f.Doc
	}
	if f.Default != "" {
		out["default"] = defaultOf(f)
	}
	if f.Required && slices.Contains(typesOf(out), "string") {
		out["minLength"] = 1
	}
	return out
}

func typeSchema(f steps.Field) node {
	switch f.Type {
	case steps.FieldString:
		if len(f.Enum) > 0 {
			return node{"type": "string", "anyOf": []node{{"enum": f.Enum}, {"pattern": hole}}}
		}
		return node{"type": "string"}
	case steps.FieldInt:
		return orHole(node{}, "integer")
	case steps.FieldNumber:
		return orHole(node{}, "number")
	case steps.FieldBool:
		return orHole(node{}, "boolean")
	case steps.FieldDuration, steps.FieldTime:
		return node{"type": "string"}
	case steps.FieldSize:
		return node{"type": []string{"string", "integer"}}
	case steps.FieldCommand:
		return node{"type": []string{"string", "array"}, "items": node{"type": "string"}}
	case steps.FieldList:
		return orHole(node{"items": fieldSchema(*f.Elem)}, "array")
	case steps.FieldMap:
		return orHole(node{"additionalProperties": fieldSchema(*f.Elem)}, "object")
	case steps.FieldObject:
		return orHole(objectSchema(f.Fields), "object")
	}
	return node{}
}

func orHole(out node, typ string) node {
	out["type"], out["pattern"] = []string{typ, "string"}, hole
	return out
}

// defaultOf gives a default in its field's own type.
func defaultOf(f steps.Field) any {
	switch f.Type {
	case steps.FieldInt, steps.FieldNumber, steps.FieldBool:
		return json.RawMessage(f.Default)
	}
	return f.Default
}
