package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// Refs is what a template reads, each name once, in the order in which they
// first appear.
type Refs struct {
	Steps   []string
	Params  []string
	Secrets []string
	Item    bool // item or key
	Run     bool
}

// References returns what a template reads. The error, an [*Error], says that
// it cannot be parsed; whether the names exist is [Env.Check]'s to say.
func References(template string) (Refs, error) {
	var refs Refs
	if !HasExpr(template) { // the most frequent case by far
		return refs, nil
	}
	parts, err := Split(template)
	if err != nil {
		return refs, err
	}
	for _, p := range parts {
		if p.Expr == "" {
			continue
		}
		if err := refs.add(p); err != nil {
			return refs, err
		}
	}
	return refs, nil
}

func (r *Refs) add(p Part) error {
	if path, ok := parsePath(p.Expr); ok {
		r.note(path[0].name, path.name(1))
		return nil
	}
	parsed, err := parse(p.Expr)
	if err != nil {
		return shift(err, p)
	}
	for _, read := range readsOf(parsed.NativeRep().Expr()) {
		name := ""
		if len(read.access) > 0 {
			name = read.access[0].field
		}
		r.note(read.root.AsIdent(), name)
	}
	return nil
}

func (r *Refs) note(root, name string) {
	switch root {
	case rootItem, rootKey:
		r.Item = true
	case rootRun:
		r.Run = true
	case rootSteps:
		r.Steps = addName(r.Steps, name)
	case rootParams:
		r.Params = addName(r.Params, name)
	case rootSecret:
		r.Secrets = addName(r.Secrets, name)
	}
}

func addName(names []string, name string) []string {
	if name == "" || slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// read is one use of a root name: the name, and what is selected from it.
type read struct {
	root   ast.Expr
	access []access
}

// access selects one thing: .field, or [index].
type access struct {
	node  ast.Expr
	field string
	index ast.Expr // nil of a field
	test  bool     // in has()
}

// readsOf lists every use of a root name in an expression.
func readsOf(e ast.Expr) []read {
	var reads []read
	collect(e, &reads)
	return reads
}

func collect(e ast.Expr, reads *[]read) {
	if base, chain := unwind(e); base.Kind() == ast.IdentKind {
		if slices.Contains(roots, base.AsIdent()) {
			*reads = append(*reads, read{base, chain})
		}
		for _, a := range chain {
			if a.index != nil {
				collect(a.index, reads)
			}
		}
		return
	}
	for _, child := range children(e) {
		collect(child, reads)
	}
}

// unwind takes the selections off an expression: of a.b["c"] it gives a, and .b, ["c"].
func unwind(e ast.Expr) (ast.Expr, []access) {
	var chain []access
	for {
		switch {
		case e.Kind() == ast.SelectKind:
			s := e.AsSelect()
			chain = append(chain, access{node: e, field: s.FieldName(), test: s.IsTestOnly()})
			e = s.Operand()
		case e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index:
			args := e.AsCall().Args()
			chain = append(chain, access{node: e, index: args[1]})
			e = args[0]
		default:
			slices.Reverse(chain)
			return e, chain
		}
	}
}

func children(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() {
			return append([]ast.Expr{call.Target()}, call.Args()...)
		}
		return call.Args()
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.MapKind:
		var all []ast.Expr
		for _, entry := range e.AsMap().Entries() {
			all = append(all, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
		return all
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	case ast.StructKind:
		var all []ast.Expr
		for _, f := range e.AsStruct().Fields() {
			all = append(all, f.AsStructField().Value())
		}
		return all
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		return []ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()}
	}
	return nil
}
