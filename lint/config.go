package lint

import (
	"slices"
	"time"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

// ConfigName is the file that is looked for in a plan's folder and in those above it.
const ConfigName = ".drplan.yaml"

// Config says how the rules of a repository differ from the usual. Nil: they do not.
type Config struct {
	Path  string
	rules map[string]ruleConfig
}

type ruleConfig struct {
	severity string         // "": the rule's own
	options  map[string]any // as JSON has them
}

// severity is that of a rule, whose own it is where nothing is said.
func (c *Config) severity(rule, own string) string {
	if c == nil || c.rules[rule].severity == "" {
		return own
	}
	return c.rules[rule].severity
}

// options are the values of all of a rule's options. The schema has seen to it that
// they have the types that the defaults have.
func (c *Config) options(r *Rule) map[string]any {
	out := make(map[string]any, len(r.Options))
	for _, o := range r.Options {
		out[o.Name] = o.Default
		if c == nil {
			continue
		}
		if v, given := c.rules[r.ID].options[o.Name]; given {
			out[o.Name] = typed(o.Default, v)
		}
	}
	return out
}

// typed is a value from JSON in the type of an option's default, which stands
// where it is of no use.
func typed(own, v any) any {
	switch own.(type) {
	case string:
		if s, ok := v.(string); ok {
			return s
		}
	case time.Duration:
		s, _ := v.(string)
		if d, err := steps.ParseDuration(s); err == nil {
			return d
		}
	case []string:
		list, _ := v.([]any)
		out := make([]string, 0, len(list))
		for _, item := range list {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return own
}

// known reports whether a rule of ours or of plans has the id.
func known(id string) bool {
	_, ours := Find(id)
	return ours || slices.Contains(plans.Rules, id)
}
