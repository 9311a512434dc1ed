package notify

import (
	"slices"
	"time"
)

// Config says whom a run tells.
type Config struct {
	Contacts      []Person
	EscalateAfter time.Duration // 0: DefaultEscalateAfter
	EscalateTo    []string      // roles; nil: secondary and on_call, those that there are
	Link          string        // of the run, for its readers; "${run.id}" is its id
	Channels      []Channel
	Flags         string // what a command needs behind the run's id, such as " --runs /srv/runs"
}

// DefaultEscalateAfter is how long somebody has to react where the plan does not say.
const DefaultEscalateAfter = 15 * time.Minute

// The roles that have a meaning.
const (
	rolePrimary   = "primary"
	roleSecondary = "secondary"
	roleOnCall    = "on_call"
)

func (c Config) withDefaults() Config {
	if c.EscalateAfter <= 0 {
		c.EscalateAfter = DefaultEscalateAfter
	}
	if c.EscalateTo == nil {
		for _, role := range []string{roleSecondary, roleOnCall} {
			if c.has(role) {
				c.EscalateTo = append(c.EscalateTo, role)
			}
		}
	}
	return c
}

func (c *Config) has(role string) bool {
	return slices.ContainsFunc(c.Contacts, func(p Person) bool { return p.Role == role })
}

// First are the roles that are told first: primary, else all but those of an
// escalation.
func (c Config) First() []string {
	c = c.withDefaults()
	if c.has(rolePrimary) {
		return []string{rolePrimary}
	}
	var out []string
	for _, p := range c.Contacts {
		if !slices.Contains(c.EscalateTo, p.Role) {
			out = append(out, p.Role)
		}
	}
	return out
}

// Next are the roles that are told when nobody reacts, and after how long.
func (c Config) Next() ([]string, time.Duration) {
	c = c.withDefaults()
	return c.EscalateTo, c.EscalateAfter
}

// people are roles with how to reach them.
func (c *Config) people(roles []string) []Person {
	out := []Person{}
	for _, role := range roles {
		for _, p := range c.Contacts {
			if p.Role == role {
				out = append(out, p)
			}
		}
	}
	return out
}
