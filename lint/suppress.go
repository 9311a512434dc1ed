package lint

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

// ignored is a suppression as it must be written: # drplan:ignore rule-a, rule-b -- why.
var ignored = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^#\s*drplan:ignore\b[ \t]*([a-z0-9, \t-]*?)[ \t]*(?:--[ \t]*(.*))?$`)
})

// suppression is a comment that takes findings of its line, or of the next line
// where it stands alone, away.
type suppression struct {
	line, from, to int // where it stands; from and to count characters from 1
	covers         int // the line whose findings it takes away
	rules          []*ignoredRule
	reason         string
	instead        string // what was meant to be written; empty: that is what stands there
	aliased        bool   // the line that it covers brings in what stands elsewhere
}

// ignoredRule is a rule that a suppression names.
type ignoredRule struct {
	id      string
	known   bool
	history bool   // it speaks of earlier runs
	hint    string // where it is unknown, what may have been meant
	used    bool   // it took something away
}

// ids are the rules as the comment lists them.
func (s *suppression) ids() string {
	out := make([]string, len(s.rules))
	for i, r := range s.rules {
		out[i] = r.id
	}
	return strings.Join(out, ", ")
}

func ignoredRuleOf(id string) *ignoredRule {
	out := &ignoredRule{id: id, known: known(id)}
	if r, ours := Find(id); ours {
		out.history = r.History
	}
	if !out.known {
		out.hint = didYouMean(id)
	}
	return out
}

// suppressions finds them all, also those that were meant to be some. They are read
// from the text: comments are nobody's in a YAML tree, and in a script the reader
// looks at the same line.
func suppressions(data []byte, root *yaml.Node) (out []*suppression) {
	if !mayBeMeant(data) {
		return nil
	}
	lines := strings.Split(string(data), "\n")
	values := quotedIn(root, lines)
	for i, text := range lines {
		text = strings.TrimRight(text, "\r")
		at := commentOf(text)
		if at < 0 || slices.ContainsFunc(values, func(q quoted) bool { return q.has(i, at) }) {
			continue
		}
		s := &suppression{line: i + 1, covers: i + 1}
		s.from, s.to = utf8.RuneCountInString(text[:at])+1, utf8.RuneCountInString(text)+1
		var ids []string
		if m := ignored().FindStringSubmatch(text[at:]); m != nil {
			ids = strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
			s.reason = strings.TrimSpace(m[2])
		}
		if s.instead = meant(text[at:], ids); s.instead == "" {
			for _, id := range ids {
				s.rules = append(s.rules, ignoredRuleOf(id))
			}
		}
		if strings.TrimSpace(text[:at]) == "" {
			s.covers = next(lines, i)
		}
		s.aliased = s.covers <= len(lines) && alias().MatchString(lines[s.covers-1])
		out = append(out, s)
	}
	return out
}

var alias = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|[\s\[{,:-])\*[A-Za-z0-9_-]+`) })

// next is the first line after i that is neither empty nor a comment.
func next(lines []string, i int) int {
	for i++; i < len(lines); i++ {
		if t := strings.TrimSpace(lines[i]); t != "" && !strings.HasPrefix(t, "#") {
			break
		}
	}
	return i + 1
}

// suppressed takes away what the document suppresses. What makes a plan invalid
// stays: a run would refuse it all the same.
func (s *Subject) suppressed(found []Found) []Found {
	if len(s.ignores) == 0 {
		return found
	}
	covering, at := map[int][]*suppression{}, map[int][]*suppression{}
	for _, i := range s.ignores {
		covering[i.covers], at[i.line] = append(covering[i.covers], i), append(at[i.line], i)
	}
	out := make([]Found, 0, len(found))
	for _, f := range found {
		r, ours := Find(f.Rule)
		itself := ours && r.Ignores && takenAway(f, at[f.Line]) // it may name the rules that are about it
		if !itself && !takenAway(f, covering[f.Line]) {
			out = append(out, f)
		}
	}
	return out
}

// takenAway reports whether one of some suppressions is about the finding.
func takenAway(f Found, by []*suppression) bool {
	for _, s := range by {
		for _, rule := range s.rules {
			if _, ours := Find(f.Rule); rule.id == f.Rule && (ours || f.Severity != plans.SeverityError) {
				rule.used = true
				return true
			}
		}
	}
	return false
}

// reportIgnore says what is wrong with a suppression.
func (p *Pass) reportIgnore(s *suppression, hint, message string) {
	p.add(p.Doc.FindingLine(s.line, s.from, s.to, p.rule.ID, p.severity, message, hint), nil)
}
