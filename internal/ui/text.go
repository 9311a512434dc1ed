package ui

import (
	"strings"
	"unicode"

	"github.com/clipperhouse/displaywidth"
)

// OneLine makes text safe for one line of a terminal: line breaks become
// spaces, and control characters, above all escape sequences, vanish.
func OneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case unicode.IsControl(r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// Pad fills s with spaces to width columns.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-displaywidth.String(s), 0))
}

func cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return displaywidth.TruncateString(s, width, "…")
}

// Style is how a piece of a line looks where there is colour.
type Style string

// The styles, as SGR parameters (ECMA-48).
const (
	Normal Style = ""
	Bold   Style = "1"
	Faint  Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Paint wraps text in a style's escape sequences.
func (s Style) Paint(text string, color bool) string {
	if !color || s == Normal || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// line is a row of styled pieces. It is fitted to a width before it is painted,
// so that no escape sequence is ever cut in half.
type line []piece

type piece struct {
	text  string
	style Style
}

func (l *line) add(style Style, text string) { *l = append(*l, piece{text, style}) }

func (l line) render(width int, color bool) string {
	var b strings.Builder
	for _, p := range l {
		text := cut(p.text, width)
		width -= displaywidth.String(text)
		b.WriteString(p.style.Paint(text, color))
	}
	return strings.TrimRight(b.String(), " ")
}
