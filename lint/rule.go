package lint

import (
	"sync"

	"github.com/drplan/drplan/plans"
)

// Off is the severity of a rule that is asked for by name only.
const Off = "off"

// Rule is one thing to find.
type Rule struct {
	ID       string // kebab-case; people filter and suppress by it
	Severity string // plans.SeverityError, Warning or Info, or Off
	Summary  string // one line: what is wrong when it speaks
	// Why is Markdown: what happens to people who do not listen, and the source of
	// every fact, such as the issue of the project whose pitfall it is.
	Why     string
	Options []Option
	History bool // it speaks of earlier runs, and where none are given says nothing
	Ignores bool // it is about suppressions: it looks when the others have
	Check   func(*Pass)
}

// Option is a rule's knob, set in .drplan.yaml.
type Option struct {
	Name    string // snake_case
	Doc     string
	Default any // string, []string, or time.Duration
}

// Group says what a rule is about; docs/lint.md lists the rules by it.
type Group struct {
	Name  string
	Rules []*Rule
}

// byID is made when it is first asked for: the list refers to every rule.
var byID = sync.OnceValue(func() map[string]*Rule {
	out := map[string]*Rule{}
	for _, g := range Groups {
		for _, r := range g.Rules {
			out[r.ID] = r
		}
	}
	return out
})

// Find returns the rule with an id.
func Find(id string) (*Rule, bool) {
	r, ok := byID()[id]
	return r, ok
}

// IDs lists the ids of all rules, group by group.
func IDs() []string {
	var out []string
	for _, g := range Groups {
		for _, r := range g.Rules {
			out = append(out, r.ID)
		}
	}
	return out
}

// severities are those that a configuration may give a rule, the worst first.
var severities = []string{plans.SeverityError, plans.SeverityWarning, plans.SeverityInfo, Off}
