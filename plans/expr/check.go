package expr

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// Env checks and evaluates the templates of one scope. It may be used by many
// goroutines at once.
type Env struct {
	scope Scope
	cel   func() (*cel.Env, error)
}

// New returns the environment of a scope. It costs nothing until an expression
// needs more than names, whatever the size of the scope.
func New(s Scope) *Env {
	e := &Env{scope: s}
	e.cel = sync.OnceValues(e.build)
	return e
}

// ForItem returns the same environment with, or without, item and key. What
// was built for the one serves the other.
func (e *Env) ForItem(item bool) *Env {
	other := *e
	other.scope.Item = item
	return &other
}

func (e *Env) build() (*cel.Env, error) {
	shared, err := base()
	if err != nil {
		return nil, err
	}
	return shared.Extend(cel.CustomTypeProvider(celTypes{shared.CELTypeProvider(), &e.scope}))
}

// Check returns the type of a template, which is string unless the template is
// one expression and nothing else. The error is an [*Error]: the first thing
// that is wrong.
func (e *Env) Check(template string) (Type, error) {
	if !HasExpr(template) {
		return String, nil
	}
	parts, err := Split(template)
	if err != nil {
		return "", err
	}
	if len(parts) == 1 {
		t, err := e.checkPart(parts[0])
		return t, shift(err, parts[0])
	}
	for _, p := range parts {
		if p.Expr == "" {
			continue
		}
		t, err := e.checkPart(p)
		if err == nil && (t == List || t == Map) {
			err = inText(t, p.Expr)
		}
		if err != nil {
			return "", shift(err, p)
		}
	}
	return String, nil
}

// checkPart returns an expression's type; an error's offset is within the expression.
func (e *Env) checkPart(p Part) (Type, error) {
	if path, ok := parsePath(p.Expr); ok {
		if t, ok, err := e.scope.pathType(path); err != nil {
			return "", err
		} else if ok {
			return t, nil
		}
	}
	checked, err := e.compile(p.Expr)
	if err != nil {
		return "", err
	}
	return outType(p.Expr, checked.OutputType())
}

// compile parses an expression and checks its names and types.
func (e *Env) compile(expr string) (*cel.Ast, error) {
	parsed, err := parse(expr)
	if err != nil {
		return nil, err
	}
	if err := e.checkNames(expr, parsed); err != nil {
		return nil, err
	}
	env, err := e.cel()
	if err != nil {
		return nil, err
	}
	checked, issues := env.Check(parsed)
	if issues != nil && len(issues.Errors()) > 0 {
		return nil, e.typeError(expr, parsed, issues.Errors()[0])
	}
	return checked, nil
}

// checkNames looks up every name that is read, before CEL does: CEL's own
// errors know neither what there is nor what a step is.
func (e *Env) checkNames(expr string, parsed *cel.Ast) error {
	native := parsed.NativeRep()
	if bad := shadowed(native.Expr()); bad != "" {
		return (&problem{bad + " cannot be the name of a loop's variable", "it has a meaning already: take another, such as x"}).
			at(nameAt(expr, bad, 0), len(bad))
	}
	for _, r := range readsOf(native.Expr()) {
		bad, node, name := e.scope.checkRead(r)
		if bad == nil {
			continue
		}
		start := byteOffset(expr, native.SourceInfo(), node.ID())
		return bad.at(nameAt(expr, name, start), len(name))
	}
	return nil
}

// checkRead returns what is wrong with a read, the node where, and the name to point at.
func (s *Scope) checkRead(r read) (*problem, ast.Expr, string) {
	root := r.root.AsIdent()
	if root == rootItem || root == rootKey {
		if !s.Item {
			return &noItem, r.root, root
		}
		return nil, nil, ""
	}
	if len(r.access) == 0 || r.access[0].index != nil {
		return &problem{root + " is not a value", "read one of its names: " + root + ".NAME"}, r.root, root
	}
	first := r.access[0]
	var bad *problem
	switch root {
	case rootParams:
		_, bad = s.param(first.field)
	case rootRun:
		_, bad = runField(first.field)
	case rootSteps:
		return s.checkStep(r)
	}
	return bad, first.node, first.field
}

func (s *Scope) checkStep(r read) (*problem, ast.Expr, string) {
	first := r.access[0]
	id := first.field
	o, bad := s.step(id)
	if bad != nil {
		return bad, first.node, id
	}
	rest := r.access[1:]
	if o.ForEach {
		if len(rest) == 0 && !first.test {
			return nil, nil, "" // all instances, by key
		}
		if len(rest) > 0 && rest[0].index == nil && o.Types[rest[0].field] != "" {
			return o.misread(id, rest[0].field), rest[0].node, rest[0].field
		}
		if len(rest) == 1 && rest[0].test {
			return nil, nil, "" // has(steps.id.key)
		}
		rest = rest[min(1, len(rest)):]
	}
	if len(rest) == 0 || rest[0].index != nil {
		return o.incomplete(id), first.node, id
	}
	_, bad = o.output(id, rest[0].field)
	return bad, rest[0].node, rest[0].field
}

// shadowed returns the variable of a loop that hides a root name, or "".
func shadowed(e ast.Expr) string {
	if e.Kind() == ast.ComprehensionKind {
		if name := e.AsComprehension().IterVar(); slices.Contains(roots, name) {
			return name
		}
	}
	for _, child := range children(e) {
		if name := shadowed(child); name != "" {
			return name
		}
	}
	return ""
}

// outType gives CEL's type its name in a plan.
func outType(expr string, t *types.Type) (Type, error) {
	switch t.Kind() {
	case types.StringKind, types.DurationKind: // a duration is written as 1h30m0s
		return String, nil
	case types.IntKind, types.UintKind:
		return Int, nil
	case types.DoubleKind:
		return Number, nil
	case types.BoolKind:
		return Bool, nil
	case types.TimestampKind:
		return Time, nil
	case types.ListKind:
		return List, nil
	case types.MapKind:
		return Map, nil
	case types.DynKind, types.AnyKind, types.NullTypeKind:
		return Any, nil
	case types.BytesKind:
		return "", whole(expr, "bytes are not a value of a plan", "base64.encode(…) makes text of them")
	}
	return "", whole(expr, "the expression gives "+article(t.String())+", which is not a value of a plan", "")
}

func inText(t Type, expr string) error {
	hint := "make text of it first, or let the expression stand alone"
	if t == List {
		hint = `join it, as in ${x.join(",")}, or let the expression stand alone`
	}
	return whole(expr, "a "+string(t)+" cannot stand in the middle of text", hint)
}

// whole is an error about an expression as a whole.
func whole(expr, msg, hint string) *Error {
	trimmed := strings.TrimSpace(expr)
	return &Error{strings.Index(expr, trimmed), len(trimmed), msg, hint}
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// shift moves an error from an expression to the template around it.
func shift(err error, p Part) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Offset += p.Offset
	return &moved
}
