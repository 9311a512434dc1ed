package expr

import "strings"

// Part is a piece of a template: text, or an expression.
type Part struct {
	Text   string // with $${ already read as ${; empty in an expression
	Expr   string // between ${ and }, as it stands there; never empty in an expression
	Offset int    // where Text or Expr begins, in bytes of the template
}

// HasExpr reports whether the template holds an expression, or the beginning of one.
func HasExpr(template string) bool {
	for i := 0; i < len(template); {
		switch {
		case strings.HasPrefix(template[i:], "$${"):
			i += len("$${")
		case strings.HasPrefix(template[i:], "${"):
			return true
		default:
			i++
		}
	}
	return false
}

// Split cuts a template into its parts, in order. Neither braces nor quotes
// within an expression end it. The error is an [*Error]: an expression that
// does not end, or that is empty.
func Split(template string) ([]Part, error) {
	var parts []Part
	var text strings.Builder
	start := 0 // of text
	flush := func() {
		if text.Len() > 0 {
			parts = append(parts, Part{Text: text.String(), Offset: start})
			text.Reset()
		}
	}
	for i := 0; i < len(template); {
		if text.Len() == 0 {
			start = i
		}
		switch {
		case strings.HasPrefix(template[i:], "$${"):
			text.WriteString("${")
			i += len("$${")
		case strings.HasPrefix(template[i:], "${"):
			flush()
			part, err := expression(template, i)
			if err != nil {
				return nil, err
			}
			parts = append(parts, part)
			i = part.Offset + len(part.Expr) + len("}")
		default:
			text.WriteByte(template[i])
			i++
		}
	}
	flush()
	return parts, nil
}

// Join is the inverse of [Split].
func Join(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Expr != "" {
			b.WriteString("${" + p.Expr + "}")
			continue
		}
		b.WriteString(strings.ReplaceAll(p.Text, "${", "$${"))
	}
	return b.String()
}

// expression reads the expression whose ${ is at open.
func expression(template string, open int) (Part, error) {
	start := open + len("${")
	end := closing(template, start)
	if end < 0 {
		return Part{}, &Error{open, len(template) - open, "the expression that begins with ${ has no end",
			"close it with }, or write $${ for a literal ${"}
	}
	p := Part{Expr: template[start:end], Offset: start}
	if strings.TrimSpace(p.Expr) == "" {
		return Part{}, &Error{open, end + 1 - open, "the expression is empty", "write a name between the braces, or $${ for a literal ${"}
	}
	return p, nil
}

// closing returns where the } of an expression is, or -1.
func closing(s string, i int) int {
	for depth := 0; i < len(s); i++ {
		switch {
		case s[i] == '{':
			depth++
		case s[i] == '}':
			if depth == 0 {
				return i
			}
			depth--
		case s[i] == '"' || s[i] == '\'':
			if i = stringEnd(s, i); i < 0 {
				return -1
			}
		case strings.HasPrefix(s[i:], "//"): // a comment of CEL ends with its line
			eol := strings.IndexByte(s[i:], '\n')
			if eol < 0 {
				return -1
			}
			i += eol
		}
	}
	return -1
}

// stringEnd returns where the last byte of the string literal is that opens at
// s[i], or -1.
func stringEnd(s string, i int) int {
	quote := s[i : i+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s[i:], triple) {
		quote = triple
	}
	raw := isRaw(s[:i])
	for j := i + len(quote); j < len(s); j++ {
		if strings.HasPrefix(s[j:], quote) {
			return j + len(quote) - 1
		}
		if s[j] == '\\' && !raw {
			j++
		}
	}
	return -1
}

// isRaw reports whether a literal that follows before is raw: a backslash in it
// is a backslash. The prefixes of CEL are r, b, rb and br, in either case.
func isRaw(before string) bool {
	prefix := before[len(strings.TrimRightFunc(before, isNameRune)):]
	switch strings.ToLower(prefix) {
	case "r", "rb", "br":
		return true
	}
	return false
}

func isNameRune(r rune) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
