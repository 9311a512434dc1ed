package lint

import (
	"encoding/json"

	"github.com/drplan/drplan/plans"
)

// ConfigSchema is the JSON Schema of .drplan.yaml, made of the rules: for editors.
// LoadConfig says more, such as what is no length of time; a test holds the two
// together.
func ConfigSchema() []byte {
	rules := map[string]any{}
	for _, id := range plans.Rules {
		rules[id] = map[string]any{"$ref": "#/$defs/severity"}
	}
	for _, g := range Groups {
		for _, r := range g.Rules {
			rules[r.ID] = ruleSchema(r)
		}
	}
	text, err := json.MarshalIndent(object(map[string]any{
		"lint": object(map[string]any{"rules": with(object(rules), "description", "A rule's severity, or an object with its severity and options.")}),
	}, "$schema", "https://json-schema.org/draft/2020-12/schema", "title", ConfigName, "$defs", map[string]any{
		"severity": map[string]any{"enum": severities, "description": "off: the rule says nothing."},
	}), "", "  ")
	if err != nil {
		panic(err) // maps of strings always have a JSON form
	}
	return append(text, '\n')
}

func ruleSchema(r *Rule) map[string]any {
	properties := map[string]any{"severity": map[string]any{"$ref": "#/$defs/severity"}}
	for _, o := range r.Options {
		properties[o.Name] = map[string]any{"description": o.Doc, "type": []string{"string", "number", "boolean", "null"}}
		if _, list := o.Default.([]string); list {
			properties[o.Name] = map[string]any{"description": o.Doc, "type": "array", "items": map[string]any{"type": []string{"string", "number", "boolean", "null"}}}
		}
	}
	return map[string]any{"description": r.Summary, "anyOf": []any{map[string]any{"$ref": "#/$defs/severity"}, with(object(properties), "type", "object")}}
}

// object is the schema of a mapping with these keys and no others, which may be empty.
func object(properties map[string]any, more ...any) map[string]any {
	return with(map[string]any{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}, more...)
}

func with(m map[string]any, more ...any) map[string]any {
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return m
}
