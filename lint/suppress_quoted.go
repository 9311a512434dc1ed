package lint

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// quoted is where a value in quotes stands: lines and bytes, both from 0. What looks
// like a comment in it is a part of the value.
type quoted struct{ line, from, last, to int }

func (q quoted) has(line, at int) bool {
	return (line > q.line || line == q.line && at > q.from) && (line < q.last || line == q.last && at < q.to)
}

// quotedIn lists the quoted values and keys below a node that have a # in them.
func quotedIn(n *yaml.Node, lines []string) (out []quoted) {
	if n == nil {
		return nil
	}
	for _, child := range n.Content {
		out = append(out, quotedIn(child, lines)...)
	}
	quote := byte('"')
	if n.Style&yaml.SingleQuotedStyle != 0 {
		quote = '\''
	}
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 || !strings.Contains(n.Value, "#") || n.Line < 1 || n.Line > len(lines) {
		return out
	}
	from := byteOf(lines[n.Line-1], n.Column)
	if tail := strings.IndexByte(lines[n.Line-1][from:], quote); tail >= 0 { // behind a tag or an anchor
		return append(out, closing(lines, n.Line-1, from+tail, quote))
	}
	return out
}

// byteOf is where a column, in characters from 1, begins in a line.
func byteOf(line string, column int) int {
	for i := range line {
		if column--; column <= 0 {
			return i
		}
	}
	return len(line)
}

// closing follows a value from its opening quote to the one that ends it.
func closing(lines []string, line, from int, quote byte) quoted {
	q := quoted{line: line, from: from}
	for at := from + 1; line < len(lines); line, at = line+1, 0 {
		for text := lines[line]; at < len(text); at++ {
			switch {
			case quote == '"' && text[at] == '\\':
				at++
			case text[at] != quote:
			case quote == '\'' && at+1 < len(text) && text[at+1] == quote:
				at++
			default:
				q.last, q.to = line, at
				return q
			}
		}
	}
	q.last = len(lines)
	return q
}
