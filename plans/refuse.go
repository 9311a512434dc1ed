package plans

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// angled finds <words like these> with what stands around them.
var angled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`<[a-z](?:[a-z0-9 _-]*[a-z0-9])?>`)
})

// placeholders reports what a person was to fill in. A run refuses it; to
// `validate` it is a warning.
func (u *unit) placeholders(it *item, n *yaml.Node) {
	for _, span := range placeholdersIn(n.Value) {
		what := n.Value[span[0]:span[1]]
		hint := "put the real value here, or a parameter: ${params.NAME} in a list, $DRPLAN_PARAM_NAME in a script"
		if what[0] != '<' {
			hint = "write out the rest"
		}
		u.refusals = append(u.refusals, u.src.findingInside(n, span[0], span[1], RulePlaceholder, hint,
			fmt.Sprintf("the step %q still has the placeholder %s", it.id, what)))
	}
}

// maxPlaceholders bounds those that are shown of one string.
const maxPlaceholders = 20

// placeholdersIn finds the first placeholders of a string, from byte to byte:
// each <some-name> that is a word of its own, and "..." at the end. Redirections
// (`< file`, `<<eof`, `a <b >c`) and markup (`<b>…</b>`) are none.
func placeholdersIn(s string) (spans [][2]int) {
	if strings.Contains(s, "<") && !strings.Contains(s, "</") {
		for _, m := range angled().FindAllStringIndex(s, -1) {
			if len(spans) < maxPlaceholders && standsAlone(s, m[0], m[1]) {
				spans = append(spans, [2]int{m[0], m[1]})
			}
		}
	}
	text := strings.TrimRight(s, " \t\n")
	for _, dots := range []string{"...", "…"} {
		rest, ok := strings.CutSuffix(text, dots)
		if ok && (rest == "" || strings.ContainsAny(rest[len(rest)-1:], " \t\n")) {
			spans = append(spans, [2]int{len(rest), len(text)})
		}
	}
	return spans
}

// standsAlone tells <name> from a redirection: nothing that could be a file's
// name or descriptor touches it, unless it is joined on to something before it,
// as in --from=<name>.tar or s3://<bucket>/x.
func standsAlone(s string, from, to int) bool {
	before, after := byte(' '), byte(' ')
	if from > 0 {
		before = s[from-1]
	}
	if to < len(s) {
		after = s[to]
	}
	if isWord(before) || strings.IndexByte(`<\$)&`, before) >= 0 {
		return false
	}
	joined := strings.IndexByte(`/=:@.,-+"'`, before) >= 0
	return joined || !isWord(after) && strings.IndexByte(`/.$~-&>(`, after) < 0
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
