package plans

import (
	"regexp"
	"strings"
)

var idPattern = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// IsID reports whether s may be the id of a step, a drill or a parameter.
func IsID(s string) bool { return idPattern.MatchString(s) }

// Slug makes an id of a name: ASCII letters and digits in lower case, anything
// else one underscore. A name without ASCII letters has the empty slug.
func Slug(name string) string {
	var b strings.Builder
	letters, gap := false, false
	for _, r := range strings.ToLower(name) {
		letter := 'a' <= r && r <= 'z'
		if !letter && (r < '0' || r > '9') {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		letters, gap = letters || letter, false
		b.WriteRune(r)
	}
	if !letters {
		return ""
	}
	if s := b.String(); s[0] > '9' {
		return s
	}
	return "_" + b.String()
}
