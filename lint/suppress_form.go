package lint

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/drplan/drplan/steps"
)

// nearlyIgnored finds what was meant to be a suppression, at the beginning of a
// comment: drplan ignore, drplan_ignore, drplan: ignore, and the words that other
// linters have for it.
var nearlyIgnored = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^#+\s*(?:dr[-_]?plan(?:[-_ ]lint)?(?:\s*[:=]\s*|[-_./]|\s+)(?:ignore|disable|suppress|nolint|noqa)(?:[-_ ](?:next[-_ ])?line)?|(?:noqa|nolint)\s*:\s*dr[-_]?plan)(?:$|[^a-z])`)
})

// mayBeMeant reports whether any line may have a suppression.
func mayBeMeant(data []byte) bool {
	for i := bytes.IndexByte(data, '#'); i >= 0; {
		line, _, _ := bytes.Cut(data[i:], []byte{'\n'})
		if commentOf(string(line)) >= 0 {
			return true
		}
		data = data[i+len(line):]
		i = bytes.IndexByte(data, '#')
	}
	return false
}

// commentOf is where in a line the comment begins that is, or was meant to be, a
// suppression; -1: there is none.
func commentOf(line string) int {
	for i := 0; i < len(line); i++ {
		if line[i] != '#' || i > 0 && line[i-1] != ' ' && line[i-1] != '\t' && line[i-1] != '#' {
			continue
		}
		word := strings.TrimLeft(line[i:], "# \t")
		if len(word) < 4 || !slices.ContainsFunc([]string{"drpl", "dr-p", "dr_p", "noqa", "noli"}, func(w string) bool { return strings.EqualFold(word[:4], w) }) {
			continue
		}
		if nearlyIgnored().MatchString(line[i:]) {
			return i
		}
	}
	return -1
}

// meant is a suppression as it should have been written; empty where it is. Rules are
// those that were read from it.
func meant(comment string, rules []string) string {
	if len(rules) > 0 && !slices.Contains(rules, "-") && !proseAmong(comment, rules) {
		return ""
	}
	if len(rules) == 0 && namesNone().MatchString(comment) {
		return "" // well-formed, and it names no rule: unknown-rule speaks
	}
	head := nearlyIgnored().FindString(comment)
	rest := strings.TrimLeft(comment[len(strings.TrimRight(head, " \t")):], " \t:=([")
	names, reason := []string{}, ""
	for rest != "" {
		end := strings.IndexFunc(rest, func(r rune) bool { return !ruleLetter(r) })
		if end < 0 {
			end = len(rest)
		}
		id := nearestRule(strings.Trim(rest[:end], "-_"))
		if id == "" {
			reason = rest
			break
		}
		names = append(names, id)
		rest = strings.TrimLeft(rest[end:], " \t,;")
	}
	if len(names) == 0 {
		names = []string{"rule-id"}
	}
	reason = strings.TrimSpace(strings.TrimLeft(reason, "-–—:#/)] \t"))
	if reason == "" {
		reason = "reason"
	}
	return "# drplan:ignore " + strings.Join(names, ", ") + " -- " + reason
}

var namesNone = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#\s*drplan:ignore\s*(?:--.*)?$`) })

func ruleLetter(r rune) bool {
	return r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// nearestRule is the rule that a word names, or nearly; empty: it names none.
func nearestRule(word string) string {
	id := strings.ReplaceAll(strings.ToLower(word), "_", "-")
	switch {
	case known(id):
		return id
	case strings.Contains(id, "-"): // a word of prose is near to some rule, too
		return steps.Nearest(id, IDs())
	}
	return ""
}

// proseAmong reports whether a reason stands among the rules, because no `--` is
// before it.
func proseAmong(comment string, rules []string) bool {
	return known(rules[0]) && !strings.Contains(comment, "--") && !strings.Contains(comment, ",") &&
		slices.ContainsFunc(rules, func(r string) bool { return !known(r) })
}
