package notify

import (
	"strings"
	"unicode"
)

// oneLine is text of a step without what could move a cursor, turn the direction of
// writing or begin a line of its own.
func oneLine(s string) string {
	return strings.Join(strings.Fields(block(s)), " ")
}

// block is oneLine for text of several lines.
func block(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// clip keeps the beginning of a text: limit runes at most.
func clip(s string, limit int) string {
	n := 0
	for i := range s {
		if n++; n > limit {
			return strings.TrimRight(s[:i], " \n") + "…"
		}
	}
	return s
}
