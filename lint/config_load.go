package lint

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/schema"
	"github.com/drplan/drplan/steps"
)

// RuleConfig is the rule of findings about a configuration.
const RuleConfig = "config"

// LoadConfig reads a .drplan.yaml. Path is only quoted. The error is
// plans.Findings, with the places where the file does not hold.
func LoadConfig(path string, data []byte) (*Config, error) {
	tree, err := plans.LoadTree(path, data)
	if err != nil {
		return nil, err
	}
	s, err := configSchema()
	if err != nil {
		return nil, err
	}
	faults, err := schema.Faults(s, tree.JSON(), tree.Root)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var found plans.Findings
	for _, f := range faults {
		found = append(found, tree.Finding(f.Node, RuleConfig, plans.SeverityError, f.Message, hintFor(f.Node)))
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	return decodeConfig(path, tree)
}

// hintFor says what a rule that is not there may have been meant for.
func hintFor(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && !known(n.Value) {
		return didYouMean(n.Value)
	}
	return ""
}

func didYouMean(rule string) string {
	if near := steps.Nearest(rule, append(IDs(), plans.Rules...)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "drplan lint --explain lists the rules"
}

func decodeConfig(path string, tree *plans.Document) (*Config, error) {
	var file struct {
		Lint struct {
			Rules map[string]any `json:"rules"`
		} `json:"lint"`
	}
	if err := json.Unmarshal(tree.JSON(), &file); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	c := &Config{Path: path, rules: map[string]ruleConfig{}}
	for id, v := range file.Lint.Rules {
		switch v := v.(type) {
		case string:
			c.rules[id] = ruleConfig{severity: v}
		case map[string]any:
			severity, _ := v["severity"].(string)
			c.rules[id] = ruleConfig{severity: severity, options: v}
		}
	}
	return c, nil
}

var configSchema = sync.OnceValues(func() (*jsonschema.Schema, error) { return schema.Compile(ConfigSchema()) })

// ConfigSchema is the JSON Schema of .drplan.yaml, made of the rules.
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
		properties[o.Name] = map[string]any{"description": o.Doc, "type": "string"}
		if _, list := o.Default.([]string); list {
			properties[o.Name] = map[string]any{"description": o.Doc, "type": "array", "items": map[string]any{"type": "string"}}
		}
	}
	return map[string]any{"description": r.Summary, "anyOf": []any{map[string]any{"$ref": "#/$defs/severity"}, object(properties)}}
}

// object is the schema of a mapping with these keys and no others.
func object(properties map[string]any, more ...any) map[string]any {
	return with(map[string]any{"type": "object", "additionalProperties": false, "properties": properties}, more...)
}

func with(m map[string]any, more ...any) map[string]any {
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return m
}

// String is an option's default as a configuration would write it.
func (o Option) String() string {
	switch v := o.Default.(type) {
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	case time.Duration:
		return steps.Duration(v).String()
	}
	return fmt.Sprint(o.Default)
}
