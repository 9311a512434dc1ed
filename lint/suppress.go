package lint

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/drplan/drplan/plans"
)

// The rules about suppressions themselves.
const (
	ruleIgnoreUnused = "unused-ignore"
	ruleIgnoreReason = "ignore-reason"
	ruleIgnoreRule   = "unknown-rule"
)

// ignored finds a suppression: # drplan:ignore rule-a, rule-b -- why.
var ignored = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`#\s*drplan:ignore\b[ \t]*([a-z0-9, \t-]*?)[ \t]*(?:--[ \t]*(.*))?$`)
})

// suppression is a comment that takes findings of its line, or of the next line
// where it stands alone, away.
type suppression struct {
	line, from, to int // where it stands; from and to count characters from 1
	covers         int // the line whose findings it takes away
	rules          []string
	reason         string
	used           map[string]bool
}

// suppressions finds them all. They are read from the text: comments are nobody's
// in a YAML tree, and in a script the reader looks at the same line.
func suppressions(data []byte) (out []*suppression) {
	if !bytes.Contains(data, []byte("drplan:ignore")) {
		return nil
	}
	lines := strings.Split(string(data), "\n")
	for i, text := range lines {
		text = strings.TrimRight(text, "\r")
		m := ignored().FindStringSubmatchIndex(text)
		if m == nil {
			continue
		}
		s := &suppression{line: i + 1, covers: i + 1, used: map[string]bool{}}
		s.from, s.to = utf8.RuneCountInString(text[:m[0]])+1, utf8.RuneCountInString(text)+1
		s.rules = strings.FieldsFunc(text[m[2]:m[3]], func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		if m[4] >= 0 {
			s.reason = strings.TrimSpace(text[m[4]:m[5]])
		}
		if strings.TrimSpace(text[:m[0]]) == "" {
			s.covers = next(lines, i)
		}
		out = append(out, s)
	}
	return out
}

// next is the first line after i that is neither empty nor a comment.
func next(lines []string, i int) int {
	for i++; i < len(lines); i++ {
		if t := strings.TrimSpace(lines[i]); t != "" && !strings.HasPrefix(t, "#") {
			break
		}
	}
	return i + 1
}

// suppress takes away what the document suppresses, and reports the suppressions
// that take nothing away or say no reason. What makes a plan invalid stays: a run
// would refuse it all the same.
func (l Linter) suppress(doc *plans.Document, cfg *Config, past bool, found []Found) []Found {
	all := suppressions(doc.Bytes)
	if len(all) == 0 {
		return found
	}
	byLine := map[int][]*suppression{}
	for _, s := range all {
		byLine[s.covers] = append(byLine[s.covers], s)
	}
	out := make([]Found, 0, len(found))
	for _, f := range found {
		if !takenAway(f, byLine[f.Line]) {
			out = append(out, f)
		}
	}
	for _, s := range all {
		for _, f := range l.faults(doc, s, past) {
			if f.Severity = cfg.severity(f.Rule, f.Severity); f.Severity != Off {
				out = append(out, Found{Finding: f})
			}
		}
	}
	return sorted(out)
}

// takenAway reports whether one of a line's suppressions is about the finding.
func takenAway(f Found, line []*suppression) bool {
	for _, s := range line {
		for _, rule := range s.rules {
			if _, ours := Find(f.Rule); rule == f.Rule && (ours || f.Severity != plans.SeverityError) {
				s.used[rule] = true
				return true
			}
		}
	}
	return false
}

// faults says what is wrong with a suppression. Where nothing of the past is known,
// the rules about it have nothing to suppress, and that proves nothing.
func (l Linter) faults(doc *plans.Document, s *suppression, past bool) (out plans.Findings) {
	report := func(rule, message, hint string) {
		out = append(out, doc.FindingLine(s.line, s.from, s.to, rule, plans.SeverityWarning, message, hint))
	}
	if len(s.rules) == 0 {
		report(ruleIgnoreRule, "this suppresses nothing: it names no rule", "write it as # drplan:ignore rule-id -- reason")
		return out
	}
	if s.reason == "" {
		report(ruleIgnoreReason, "nobody will know why this was suppressed", "add the reason: # drplan:ignore "+strings.Join(s.rules, ", ")+" -- reason")
	}
	for _, rule := range s.rules {
		r, ours := Find(rule)
		switch {
		case ours && r.History && !past:
		case !known(rule):
			report(ruleIgnoreRule, "there is no rule "+rule, didYouMean(rule))
		case !s.used[rule] && l.wants(rule):
			report(ruleIgnoreUnused, "nothing of the rule "+rule+" is found here any more", "take the comment away")
		}
	}
	return out
}
