package local

import "github.com/drplan/drplan/plans/expr"

// scope tells the expressions the types of what they may read. The document was
// type-checked against the same when it was compiled.
func (d *driver) scope() expr.Scope {
	s := expr.Scope{Params: map[string]expr.Type{}, Steps: make(map[string]expr.Outputs, len(d.nodes)), Item: true}
	for name, v := range d.params {
		s.Params[name] = typeOf(v)
	}
	for id, n := range d.nodes {
		types := make(map[string]expr.Type, len(n.kind.Outputs))
		for _, o := range n.kind.Outputs {
			types[o.Name] = expr.Type(o.Type)
		}
		s.Steps[id] = expr.Outputs{Types: types, ForEach: n.ForEach}
	}
	return s
}

func typeOf(v any) expr.Type {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "number"
	case []any:
		return "list"
	}
	return "any"
}
