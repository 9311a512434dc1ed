package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
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
	options  map[string]any // those that are given, each in the type of its default
}

// severity is that of a rule, whose own it is where nothing is said.
func (c *Config) severity(rule, own string) string {
	if c == nil || c.rules[rule].severity == "" {
		return own
	}
	return c.rules[rule].severity
}

// options are the values of all of a rule's options.
func (c *Config) options(r *Rule) map[string]any {
	if len(r.Options) == 0 {
		return nil
	}
	out := make(map[string]any, len(r.Options))
	for _, o := range r.Options {
		out[o.Name] = o.Default
		if c == nil {
			continue
		}
		if v, given := c.rules[r.ID].options[o.Name]; given {
			out[o.Name] = v
		}
	}
	return out
}

// known reports whether a rule of ours or of plans has the id.
func known(id string) bool {
	_, ours := Find(id)
	return ours || slices.Contains(plans.Rules, id)
}
