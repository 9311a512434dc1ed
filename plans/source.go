package plans

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// source answers where in the file something stands, and what the line reads.
type source struct {
	path  string
	data  []byte
	lines []int // offset of each line's first byte; built when first asked
}

// maxLine is the length in bytes of the longest line that is shown.
const maxLine = 2000

// line returns the text of a line, counted from 1, without its end. A line that
// nobody would read, such as all of a generated plan, is empty.
func (s *source) line(n int) string {
	if s.lines == nil {
		s.index()
	}
	if n < 1 || n > len(s.lines) {
		return ""
	}
	end := len(s.data)
	if n < len(s.lines) {
		end = s.lines[n]
	}
	text := bytes.TrimRight(s.data[s.lines[n-1]:end], "\r\n")
	if len(text) > maxLine {
		return ""
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

func (s *source) index() {
	s.lines = []int{0}
	for i, c := range s.data {
		if c == '\n' || c == '\r' && (i+1 == len(s.data) || s.data[i+1] != '\n') {
			s.lines = append(s.lines, i+1)
		}
	}
}

// finding makes a finding that underlines the node.
func (s *source) finding(n *yaml.Node, rule, severity, hint, message string) Finding {
	line, from, to := s.extent(n)
	return s.findingAt(line, from, to, rule, severity, hint, message)
}

func (s *source) findingAt(line, from, to int, rule, severity, hint, message string) Finding {
	text := s.line(line)
	from = max(from, 1)
	to = max(to, from+1)
	if text != "" {
		past := utf8.RuneCountInString(text) + 1
		from, to = min(from, past), min(to, past)
	}
	return Finding{
		File: s.path, Line: max(line, 1), Column: from, EndColumn: to,
		Rule: rule, Severity: severity, Message: message, Hint: hint, Source: visible(text),
	}
}

// extent returns a node's line and its first and one-after-last column.
func (s *source) extent(n *yaml.Node) (line, from, to int) {
	if n == nil {
		return 1, 1, 2
	}
	line, from = n.Line, n.Column
	switch {
	case n.Kind == yaml.DocumentNode && len(n.Content) > 0:
		return s.extent(n.Content[0])
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0:
		return s.extent(n.Content[0])
	case n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return line, from, from + 1
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return line, from, from + quoted([]rune(s.line(line)), from-1)
	}
	return line, from, from + max(1, utf8.RuneCountInString(n.Value))
}

// quoted returns the length of the quoted scalar that begins at from, or what
// is left of the line where it goes on below.
func quoted(line []rune, from int) int {
	if from < 0 || from >= len(line) {
		return 1
	}
	for i := from + 1; i < len(line); i++ {
		if line[i] == '\\' && line[from] == '"' {
			i++
		} else if line[i] == line[from] {
			return i - from + 1
		}
	}
	return len(line) - from
}

// within finds the line and column of a byte of a scalar's value. Where escapes
// or folding make that hard, it is where the scalar begins.
func (s *source) within(n *yaml.Node, offset int) (line, column int, exact bool) {
	offset = min(max(offset, 0), len(n.Value))
	before := n.Value[:offset]
	if n.Style&yaml.LiteralStyle != 0 {
		return s.withinLiteral(n, before)
	}
	first := n.Column
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		first++
	}
	text := []rune(s.line(n.Line))
	if first-1 <= len(text) && strings.HasPrefix(string(text[max(first-1, 0):]), before) {
		return n.Line, first + utf8.RuneCountInString(before), true
	}
	return n.Line, n.Column, false
}

func (s *source) withinLiteral(n *yaml.Node, before string) (line, column int, exact bool) {
	row := strings.Count(before, "\n")
	text := s.line(n.Line + 1 + row)
	want := strings.Split(n.Value, "\n")[row]
	indent := strings.LastIndex(text, want)
	if indent < 0 {
		return n.Line, n.Column, false
	}
	tail := before[strings.LastIndexByte(before, '\n')+1:]
	return n.Line + 1 + row, 1 + utf8.RuneCountInString(text[:indent]) + utf8.RuneCountInString(tail), true
}

// reporter gathers findings about one source.
type reporter struct {
	src  *source
	list Findings
}

func (r *reporter) errorf(n *yaml.Node, rule, hint, format string, args ...any) {
	r.add(n, rule, SeverityError, hint, fmt.Sprintf(format, args...))
}

func (r *reporter) add(n *yaml.Node, rule, severity, hint, message string) {
	r.list = append(r.list, r.src.finding(n, rule, severity, hint, message))
}

// inside reports on length bytes of a scalar's value.
func (r *reporter) inside(n *yaml.Node, offset, length int, rule, hint, message string) {
	r.list = append(r.list, r.src.findingInside(n, offset, offset+length, rule, hint, message))
}

// findingInside makes a finding that underlines some bytes of a scalar's value,
// or all of it where their place is hard to tell.
func (s *source) findingInside(n *yaml.Node, from, to int, rule, hint, message string) Finding {
	line, column, exact := s.within(n, from)
	if !exact {
		return s.finding(n, rule, SeverityError, hint, message)
	}
	from = min(max(from, 0), len(n.Value))
	to = min(max(to, from), len(n.Value))
	return s.findingAt(line, column, column+utf8.RuneCountInString(n.Value[from:to]), rule, SeverityError, hint, message)
}
