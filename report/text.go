package report

import (
	"strings"
	"time"
	"unicode"

	"github.com/clipperhouse/displaywidth"
)

func ptr[T any](v T) *T { return &v }

func optional(d time.Duration) Seconds {
	if d == 0 {
		return Seconds{}
	}
	return seconds(d)
}

func optionalText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func noTarget(what string) string { return "the plan names no target for the " + what }

func join(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, "; ")
}

// plain makes text from a plan or a step safe to print: escape sequences of
// terminals go, control characters become spaces, lines are joined.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, uncolored(s))
	return strings.Join(strings.Fields(s), " ")
}

// uncolored takes the control sequences of ECMA-48 out: ESC [, parameters, one
// final byte from @ to ~.
func uncolored(s string) string {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(s, "\x1b[")
		b.WriteString(text)
		if !found {
			return b.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
		s = rest[end+1:]
	}
}

func width(s string) int { return displaywidth.String(s) }

// fit cuts text to a number of columns, and fills it up to them.
func fit(s string, columns int) string {
	s = cut(s, columns)
	return s + strings.Repeat(" ", max(columns-width(s), 0))
}

// fitLeft is fit for numbers: they stand at the right edge.
func fitLeft(s string, columns int) string {
	s = cut(s, columns)
	return strings.Repeat(" ", max(columns-width(s), 0)) + s
}

func cut(s string, columns int) string {
	if columns <= 0 {
		return ""
	}
	if width(s) <= columns {
		return s
	}
	return displaywidth.TruncateString(s, columns, "…")
}

// wrap breaks text into lines of at most so many columns, at spaces where it can.
func wrap(s string, columns int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for width(word) > columns { // longer than a line
			if line != "" {
				lines, line = append(lines, line), ""
			}
			head := displaywidth.TruncateString(word, columns, "")
			if head == "" {
				break
			}
			lines, word = append(lines, head), word[len(head):]
		}
		switch {
		case line == "":
			line = word
		case width(line)+1+width(word) <= columns:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
