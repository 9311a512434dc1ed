package objectcel

import (
	"encoding/json"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// reading is a place that an expression reads, such as status.phase.
type reading []string

// readings are the longest paths of plain fields that begin at object.
func readings(checked *ast.AST) []reading {
	var found []reading
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		path, ok := pathOf(e)
		if !ok || len(path) == 0 || slices.ContainsFunc(found, func(r reading) bool { return under(r, path) }) {
			return
		}
		found = append(found, path)
	}))
	return found
}

func under(longer, path reading) bool {
	return len(longer) >= len(path) && slices.Equal(longer[:len(path)], path)
}

func pathOf(e ast.Expr) (reading, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return nil, e.AsIdent() == "object"
	case ast.SelectKind:
		path, ok := pathOf(e.AsSelect().Operand())
		return append(path, e.AsSelect().FieldName()), ok
	}
	return nil, false
}

// seen says what the object has in the places that the expression reads.
func (x *Expression) seen(object map[string]any) string {
	var parts []string
	for _, r := range x.reads {
		parts = append(parts, strings.Join(r, ".")+" is "+show(r.of(object)))
	}
	return strings.Join(parts, ", ")
}

func (r reading) of(object map[string]any) any {
	var at any = object
	for _, name := range r {
		fields, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = fields[name]
	}
	return at
}

// show is a value, short enough for a line.
func show(value any) string {
	if value == nil {
		return "not there"
	}
	text, err := json.Marshal(value)
	if err != nil { // it came from JSON
		return err.Error()
	}
	const limit = 200
	if len(text) > limit {
		return string(text[:limit]) + "…"
	}
	return string(text)
}
