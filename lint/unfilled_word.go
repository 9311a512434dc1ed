package lint

import (
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var unfilledWord = Rule{
	ID: "unfilled-word", Severity: plans.SeverityWarning,
	Summary: "A word stands in the plan that somebody was to replace.",
	Why: "`CHANGEME`, `YOUR_BUCKET`, `TODO`: the plan was copied from a template or left for later, and on the day of the disaster nobody knows what was meant. What stands in `<angle brackets>` " +
		"is found by the rule `placeholder`, and a run refuses it; these words drplan cannot tell for sure, and runs.",
	Check: func(p *Pass) {
		seen := map[*yaml.Node]bool{}
		scalars(p.Plan().Node, "", func(_ string, n *yaml.Node) {
			if seen[n] {
				return
			}
			seen[n] = true
			if from, to := unfilled(n.Value); to > 0 {
				p.add(p.Doc.FindingInside(n, from, to, p.rule.ID, p.severity, n.Value[from:to]+" was to be replaced",
					"put in what is meant, or a parameter: ${params.NAME} in a list, $DRPLAN_PARAM_NAME in a script"), nil)
			}
		})
	},
}

// unfilledWords are those that templates have and plans do not. Three small x are the
// shortest; a template of mktemp has large ones, joined on to something.
var unfilledWords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^A-Za-z0-9_./$%-])((?:TODO|FIXME|TBD|XXX)|(?i:change[-_]?me|replace[-_]?me|fill[-_]?me[-_]?in|insert[-_][a-z-_]+[-_]here|your[-_][a-z-_]+[-_]here)|YOUR[-_][A-Z0-9_-]+|xxx+)(?:$|[^A-Za-z0-9_%-])` +
		`|[/.:@=-]((?i:change[-_]?me|replace[-_]?me|your[-_][a-z-_]+[-_]here)|YOUR[-_][A-Z0-9_-]+)(?:$|[^A-Za-z0-9_%])`)
})

// unfilled finds the first such word; to is 0 where there is none.
func unfilled(text string) (from, to int) {
	if !mayBeUnfilled(text) {
		return 0, 0
	}
	m := unfilledWords().FindStringSubmatchIndex(text)
	switch {
	case m == nil:
		return 0, 0
	case m[2] >= 0:
		return m[2], m[3]
	}
	return m[4], m[5]
}

// mayBeUnfilled is quick, for every text of the plan is asked about: each word that is
// looked for has one of these in it.
func mayBeUnfilled(text string) bool {
	for i := 0; i+2 < len(text); i++ {
		switch text[i] | 0x20 {
		case 'e': // changeme
			if foldedAt(text, i, "eme") || foldedAt(text, i, "e-me") || foldedAt(text, i, "e_me") {
				return true
			}
		case 't':
			if foldedAt(text, i, "todo") || foldedAt(text, i, "tbd") {
				return true
			}
		case 'y':
			if foldedAt(text, i, "your-") || foldedAt(text, i, "your_") {
				return true
			}
		case 'f':
			if foldedAt(text, i, "fixme") || foldedAt(text, i, "fill") {
				return true
			}
		case 'i':
			if foldedAt(text, i, "insert") {
				return true
			}
		case 'x':
			if foldedAt(text, i, "xxx") {
				return true
			}
		}
	}
	return false
}

func foldedAt(text string, at int, word string) bool {
	return at+len(word) <= len(text) && strings.EqualFold(text[at:at+len(word)], word)
}
