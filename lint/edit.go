package lint

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

// line is a line of the document without its end, from 1, and its end. Of a document
// whose lines end in other ways than \n and \r\n there are none: nobody could say
// which is which.
func (s *Subject) line(n int) (text, end string) {
	if s.lines == nil {
		s.lines = splitLines(s.Doc.Bytes)
		if bytes.Contains(bytes.ReplaceAll(s.Doc.Bytes, []byte("\r\n"), nil), []byte("\r")) {
			s.lines = [][]byte{}
		}
	}
	if n < 1 || n > len(s.lines) {
		return "", ""
	}
	whole := string(s.lines[n-1])
	text = strings.TrimRight(whole, "\r\n")
	return text, whole[len(text):]
}

// cut splits a line at a column, in characters from 1. Ok is false where the line is
// shorter.
func cut(text string, column int) (before, from string, ok bool) {
	runes := []rune(text)
	if column < 1 || column-1 > len(runes) {
		return "", "", false
	}
	return string(runes[:column-1]), string(runes[column-1:]), true
}

// written is a scalar as it stands in its line, quotes included; "" where it is not
// in one line, or not found there.
func (s *Subject) written(n *yaml.Node) string {
	text, _ := s.line(n.Line)
	_, from, ok := cut(text, n.Column)
	if !ok || n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return ""
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
		if strings.HasPrefix(from, n.Value) {
			return n.Value
		}
		return ""
	}
	f := s.Doc.Finding(n, "", "", "", "")
	length := f.EndColumn - f.Column
	if runes := []rune(from); length >= 2 && length <= len(runes) && runes[0] == runes[length-1] {
		return string(runes[:length])
	}
	return ""
}

// replace is the edit that puts text in a scalar's place, quotes included; nil where
// that cannot be done safely.
func (s *Subject) replace(n *yaml.Node, text string) []Edit {
	was := s.written(n)
	if was == "" {
		return nil
	}
	return s.splice(n.Line, n.Column, was, text)
}

// splice is the edit that puts text in the place of another at a column of a line.
func (s *Subject) splice(line, column int, was, text string) []Edit {
	all, end := s.line(line)
	before, from, ok := cut(all, column)
	if !ok || !strings.HasPrefix(from, was) {
		return nil
	}
	return []Edit{{From: line, To: line + 1, Text: before + text + from[len(was):] + end}}
}

// replacePair is the edit that puts other lines in the place of a key of a step and its
// value. Each line is a key of the step; the indentation, and a comment behind the
// value, stay. Nil where that cannot be done safely.
func (s *Subject) replacePair(st *plans.OutlineStep, pair plans.Pair, lines ...string) []Edit {
	if st.Node.Style&yaml.FlowStyle != 0 {
		return s.replaceInFlow(pair, lines)
	}
	key := pair.Key
	text, end := s.line(key.Line)
	before, from, ok := cut(text, key.Column)
	if !ok || !strings.HasPrefix(from, key.Value+":") || strings.Trim(before, " -") != "" {
		return nil
	}
	to, comment, ok := s.extent(pair)
	if !ok {
		return nil
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(before))
	out := before + lines[0]
	for _, l := range lines[1:] {
		out += orNewline(end) + indent + l
	}
	return []Edit{{From: key.Line, To: to, Text: out + comment + end}}
}

func orNewline(end string) string {
	if end == "" {
		return "\n"
	}
	return end
}

// extent finds the line after a block mapping's pair, and the comment behind its value
// where that is in one line. Ok is false where a comment would be lost, or where the
// value has an anchor.
func (s *Subject) extent(pair plans.Pair) (to int, comment string, ok bool) {
	if pair.Value.Anchor != "" || pair.Value.Line < pair.Key.Line {
		return 0, "", false
	}
	to = pair.Key.Line + 1
	for n := to; ; n++ {
		text, _ := s.line(n)
		trimmed := strings.TrimLeft(text, " ")
		indent := len(text) - len(trimmed)
		if n > len(s.lines) || trimmed != "" && indent < pair.Key.Column {
			break
		}
		if strings.HasPrefix(trimmed, "#") || trimmed != "" && indent >= pair.Key.Column && strings.Contains(text, " #") {
			return 0, "", false
		}
		if trimmed != "" {
			to = n + 1
		}
	}
	if pair.Value.Kind == yaml.SequenceNode && pair.Value.Style&yaml.FlowStyle == 0 && pair.Value.Column <= pair.Key.Column {
		return 0, "", false
	}
	text, _ := s.line(pair.Key.Line)
	if to > pair.Key.Line+1 {
		return to, "", !strings.Contains(text, " #")
	}
	if was := s.written(pair.Value); was != "" {
		_, from, _ := cut(text, pair.Value.Column)
		rest := from[len(was):]
		return to, rest, strings.TrimSpace(rest) == "" || strings.HasPrefix(strings.TrimSpace(rest), "#")
	}
	return to, "", !strings.Contains(text, " #")
}

// replaceInFlow does it in {step: …, command: …}, where the value is a scalar in the
// key's line.
func (s *Subject) replaceInFlow(pair plans.Pair, lines []string) []Edit {
	was := s.written(pair.Value)
	text, _ := s.line(pair.Key.Line)
	before, from, ok := cut(text, pair.Key.Column)
	valueAt, _, valueOK := cut(text, pair.Value.Column)
	if was == "" || !ok || !valueOK || pair.Key.Line != pair.Value.Line || !strings.HasPrefix(from, pair.Key.Value+":") || len(valueAt) < len(before) {
		return nil
	}
	return s.splice(pair.Key.Line, pair.Key.Column, valueAt[len(before):]+was, strings.Join(lines, ", "))
}

// removePair is the edit that takes a key and its value away, where they have a line
// of their own.
func (s *Subject) removePair(st *plans.OutlineStep, pair plans.Pair) []Edit {
	text, _ := s.line(pair.Key.Line)
	before, _, ok := cut(text, pair.Key.Column)
	if !ok || st.Node.Style&yaml.FlowStyle != 0 || strings.TrimSpace(before) != "" {
		return nil
	}
	to, comment, ok := s.extent(pair)
	if !ok || strings.TrimSpace(comment) != "" {
		return nil
	}
	return []Edit{{From: pair.Key.Line, To: to}}
}

// pairOf is a key of a step with its value.
func pairOf(st *plans.OutlineStep, key string) (plans.Pair, bool) {
	for i := 0; i+1 < len(st.Node.Content); i += 2 {
		if k := st.Node.Content[i]; k.Value == key {
			return plans.Pair{Key: k, Value: st.Node.Content[i+1]}, true
		}
	}
	return plans.Pair{}, false
}
