package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

// RuleConfig is the rule of findings about a configuration.
const RuleConfig = "config"

// LoadConfig reads a .drplan.yaml. Path is only quoted. An empty file is a
// configuration that says nothing. The error is plans.Findings, with the places where
// the file does not hold.
func LoadConfig(path string, data []byte) (*Config, error) {
	c := &Config{Path: path, rules: map[string]ruleConfig{}}
	if saysNothing(data) {
		return c, nil
	}
	tree, err := plans.LoadTree(path, data)
	if err != nil {
		return nil, err
	}
	r := configReader{tree: tree, config: c}
	r.mapping(tree.Root, map[string]func(*yaml.Node){
		"lint": func(n *yaml.Node) {
			r.mapping(n, map[string]func(*yaml.Node){"rules": r.rules})
		},
	})
	if err := r.found.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// saysNothing reports whether a file has nothing but comments.
func saysNothing(data []byte) bool {
	for line := range bytes.Lines(data) {
		if t := bytes.TrimSpace(line); len(t) > 0 && t[0] != '#' && string(t) != "---" {
			return false
		}
	}
	return true
}

// configReader reads a configuration's tree, and says where it does not hold.
type configReader struct {
	tree   *plans.Document
	config *Config
	found  plans.Findings
}

func (r *configReader) fault(n *yaml.Node, hint, format string, args ...any) {
	r.found = append(r.found, r.tree.Finding(n, RuleConfig, plans.SeverityError, fmt.Sprintf(format, args...), hint))
}

// mapping visits the values of a mapping whose keys are known. A key without a value
// says nothing.
func (r *configReader) mapping(n *yaml.Node, keys map[string]func(*yaml.Node)) {
	r.pairs(n, func(key, value *yaml.Node) {
		if visit, ok := keys[key.Value]; ok {
			visit(value)
			return
		}
		names := make([]string, 0, len(keys))
		for name := range keys {
			names = append(names, name)
		}
		slices.Sort(names)
		r.fault(key, "there is "+listed(names), "the key %q means nothing here", key.Value)
	})
}

func (r *configReader) pairs(n *yaml.Node, visit func(key, value *yaml.Node)) {
	switch {
	case null(n):
	case n.Kind != yaml.MappingNode:
		r.fault(n, "", "this is a mapping: keys with values")
	default:
		for i := 0; i+1 < len(n.Content); i += 2 {
			visit(n.Content[i], n.Content[i+1])
		}
	}
}

func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func (r *configReader) rules(n *yaml.Node) {
	r.pairs(n, func(key, value *yaml.Node) {
		if !known(key.Value) {
			r.fault(key, didYouMean(key.Value), "there is no rule %q", key.Value)
			return
		}
		rule, _ := Find(key.Value) // one of plans has no options
		r.config.rules[key.Value] = r.rule(rule, value)
	})
}

// rule is what is said of one, which is nil where it belongs to plans.
func (r *configReader) rule(rule *Rule, n *yaml.Node) (out ruleConfig) {
	if n.Kind == yaml.ScalarNode || rule == nil {
		out.severity = r.severity(n)
		return out
	}
	out.options = map[string]any{}
	r.pairs(n, func(key, value *yaml.Node) {
		i := slices.IndexFunc(rule.Options, func(o Option) bool { return o.Name == key.Value })
		switch {
		case key.Value == "severity":
			out.severity = r.severity(value)
		case i < 0:
			r.fault(key, "drplan lint --explain "+rule.ID+" tells its options", "the rule %s has no option %q", rule.ID, key.Value)
		default:
			out.options[key.Value] = r.option(rule.Options[i], value)
		}
	})
	return out
}

func (r *configReader) severity(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && slices.Contains(severities, n.Value) {
		return n.Value
	}
	hint := ""
	if near := steps.Nearest(n.Value, severities); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	r.fault(n, hint, "a severity is %s", strings.Join(severities[:len(severities)-1], ", ")+" or "+severities[len(severities)-1])
	return ""
}

// option is a value in the type of the option's default, which stands where the value
// is of no use.
func (r *configReader) option(o Option, n *yaml.Node) any {
	switch o.Default.(type) {
	case time.Duration:
		d, err := steps.ParseDuration(n.Value)
		if n.Kind == yaml.ScalarNode && err == nil {
			return d
		}
		r.fault(n, "such as "+o.String(), "%s is a length of time", o.Name)
	case []string:
		if n.Kind == yaml.SequenceNode && !slices.ContainsFunc(n.Content, func(item *yaml.Node) bool { return item.Kind != yaml.ScalarNode }) {
			out := make([]string, len(n.Content))
			for i, item := range n.Content {
				out[i] = item.Value
			}
			return out
		}
		r.fault(n, "such as "+o.String(), "%s is a list of texts", o.Name)
	default:
		if n.Kind == yaml.ScalarNode {
			return n.Value
		}
		r.fault(n, "such as "+o.String(), "%s is a text", o.Name)
	}
	return o.Default
}

func didYouMean(rule string) string {
	if near := steps.Nearest(rule, append(IDs(), plans.Rules...)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "drplan lint --explain lists the rules"
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
