package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// syntaxError says where an expression stops making sense.
func syntaxError(expr string, err *cel.Error) *Error {
	msg := strings.TrimPrefix(err.Message, "Syntax error: ")
	msg, _, _ = strings.Cut(msg, " expecting ") // a list of every token there is
	msg = strings.ReplaceAll(msg, "'<EOF>'", "the end")
	offset := lineOffset(expr, err.Location.Line(), err.Location.Column())
	return &Error{offset, tokenLen(expr, offset), "cannot be read as an expression: " + msg, syntaxHint(expr)}
}

func syntaxHint(expr string) string {
	switch {
	case regexp.MustCompile(`\band\b|\bor\b|\bnot\b`).MatchString(expr):
		return "and, or, not are written &&, ||, !"
	case strings.Contains(expr, "|") && !strings.Contains(expr, "||"):
		return "there are no pipes: write f(x) or x.f()"
	case regexp.MustCompile(`[^=!<>]=[^=]`).MatchString(expr):
		return "equality is =="
	}
	return ""
}

// Patterns of CEL's messages, compiled when the first error needs them.
var (
	overloadMsg = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^found no matching overload for '(.+)' applied to '(.+)'$`)
	})
	undeclaredMsg = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^undeclared reference to '([^']+)'`) })
)

// typeError turns an error of CEL's checker into one that a reader of plans understands.
func (e *Env) typeError(expr string, parsed *cel.Ast, err *cel.Error) *Error {
	offset := byteOffset(expr, parsed.NativeRep().SourceInfo(), err.ExprID)
	offset -= calledBefore(expr, offset)
	if m := overloadMsg().FindStringSubmatch(err.Message); m != nil {
		msg, hint := overload(m[1], m[2])
		return &Error{offset, tokenLen(expr, offset), msg, hint}
	}
	if m := undeclaredMsg().FindStringSubmatch(err.Message); m != nil {
		offset = nameAround(expr, m[1], offset)
		return e.undeclared(m[1]).at(offset, min(len(m[1]), len(expr)-offset))
	}
	return &Error{offset, tokenLen(expr, offset), err.Message, ""}
}

// overload explains an operator or a function that does not take what it was given.
func overload(function, args string) (msg, hint string) {
	given := argTypes(args)
	if function == onlyList {
		return "loops over lists only, this is " + article(given[0]), "the keys of a map have no order: write a list"
	}
	name, isOperator := operators.FindReverse(function)
	switch {
	case function == operators.Conditional:
		name = "?:"
	case !isOperator || name == "":
		name = function
	}
	msg = fmt.Sprintf("%s does not take %s", name, strings.Join(given, " and "))
	switch {
	case name == "+" && slices.Contains(given, "string"):
		hint = "string(x) makes text of a value, or put the text outside ${ }"
	case slices.Contains(given, "int") && slices.Contains(given, "number"):
		hint = "int(x) and double(x) convert"
	case function == operators.Conditional:
		hint = "both values of a ? b : c must be of one type, and a a bool"
	}
	return msg, hint
}

// argTypes reads "(int, list(dyn))" or "string.(int)" and gives each type the
// name it has in a plan.
func argTypes(args string) []string {
	var given []string
	args = strings.Replace(args, ".(", ", ", 1)
	args = strings.TrimSuffix(strings.TrimPrefix(args, "("), ")")
	depth, start := 0, 0
	for i, r := range args {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			given = append(given, planType(args[start:i]))
			start = i + len(", ")
		}
	}
	return append(given, planType(args[start:]))
}

func planType(cel string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(cel), "(")
	names := map[string]Type{"double": Number, "dyn": Any, "timestamp": Time}
	if t, ok := names[name]; ok {
		return string(t)
	}
	return name
}

// undeclared explains a name that is none.
func (e *Env) undeclared(name string) *problem {
	msg := fmt.Sprintf("unknown name %q", name)
	first, _, _ := strings.Cut(name, ".")
	if _, ok := e.scope.Params[first]; ok {
		return &problem{msg, "did you mean " + rootParams + "." + first + "?"}
	}
	if _, ok := e.scope.Steps[first]; ok {
		return &problem{msg, "did you mean " + rootSteps + "." + name + "?"}
	}
	env, err := e.cel()
	if err == nil {
		if near, ok := nearest(name, append(keys(env.Functions()), roots...)); ok && isName(near) {
			return &problem{msg, "did you mean " + near + "?"}
		}
	}
	return &problem{msg, "names begin with " + strings.Join(roots, ", ") + "; text stands in quotes"}
}

// byteOffset returns where the node is, in bytes of the expression. CEL counts
// in code points.
func byteOffset(expr string, info *ast.SourceInfo, id int64) int {
	r, ok := info.GetOffsetRange(id)
	if !ok {
		return 0
	}
	return runesToBytes(expr, int(r.Start))
}

func runesToBytes(s string, runes int) int {
	offset := 0
	for range runes {
		if offset >= len(s) {
			break
		}
		_, size := utf8.DecodeRuneInString(s[offset:])
		offset += size
	}
	return offset
}

// lineOffset is the offset in bytes of a line (from 1) and a column (from 0, in code points).
func lineOffset(s string, line, column int) int {
	start := 0
	for range line - 1 {
		next := strings.IndexByte(s[start:], '\n')
		if next < 0 {
			break
		}
		start += next + 1
	}
	return start + runesToBytes(s[start:], column)
}

// nameAt returns where name stands at or after start: of a selection CEL gives
// the dot. Where it is not found, start.
func nameAt(expr, name string, start int) int {
	if i := strings.Index(expr[start:], name); i >= 0 {
		return start + i
	}
	return start
}

// nameAround returns where the name stands that begins at or before offset: of
// a.b CEL gives the dot. Where there is none, the one after.
func nameAround(expr, name string, offset int) int {
	if i := strings.LastIndex(expr[:min(offset+len(name), len(expr))], name); i >= 0 {
		return i
	}
	return nameAt(expr, name, offset)
}

// calledBefore is how far back the name of a function begins: of a call CEL
// gives the parenthesis.
func calledBefore(s string, offset int) int {
	if !strings.HasPrefix(s[offset:], "(") {
		return 0
	}
	before := strings.TrimRight(s[:offset], " ")
	return offset - len(strings.TrimRightFunc(before, isNameRune))
}

// tokenLen is the length in bytes of the name, number or sign at offset; 0 at the end.
func tokenLen(s string, offset int) int {
	rest := s[offset:]
	if n := len(rest) - len(strings.TrimLeftFunc(rest, isNameRune)); n > 0 {
		return n
	}
	_, size := utf8.DecodeRuneInString(rest)
	return size
}
