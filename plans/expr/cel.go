package expr

import (
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
)

// CostLimit bounds one evaluation, in CEL's units of cost (about one for each
// operation and each ten bytes of a string). It is the limit that Kubernetes
// sets to one expression of a validation rule (PerCallLimit in
// k8s.io/apiserver/pkg/apis/cel), about a tenth of a second.
const CostLimit = 1_000_000

// Bounds on what is parsed: far above what people write, far below what harms.
const (
	maxExpression = 64 << 10 // code points
	maxDepth      = 100
	maxList       = 10_000 // elements that lists.range makes
	maxRegex      = 1_000  // instructions of a compiled regular expression
)

// onlyList is the function through which every macro takes its range: it has an
// overload for lists and none for maps.
const onlyList = "@list"

// base is the environment that all scopes share. It is built when the first
// expression needs it: building takes milliseconds, and most plans need none.
var base = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.ClearMacros(),
		cel.Macros(macros()...),
		cel.Function(onlyList, cel.Overload("list_only", []*cel.Type{cel.ListType(cel.TypeParamType("T"))},
			cel.ListType(cel.TypeParamType("T")), cel.UnaryBinding(func(v ref.Val) ref.Val { return v }))),
		// Versions are named, so that a plan means the same after an update.
		ext.Strings(ext.StringsVersion(4)),
		ext.Lists(ext.ListsVersion(3), ext.ListsMaxRangeSize(maxList)),
		ext.Encoders(ext.EncodersVersion(1)),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.EnableIdentifierEscapeSyntax(),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(maxDepth),
		cel.RegexProgramSizeLimit(maxRegex),
		cel.Variable(rootParams, cel.ObjectType(rootParams)),
		cel.Variable(rootSteps, cel.ObjectType(rootSteps)),
		cel.Variable(rootRun, cel.ObjectType(rootRun)),
		cel.Variable(rootSecret, cel.ObjectType(rootSecret)),
		cel.Variable(rootItem, cel.DynType),
		cel.Variable(rootKey, cel.StringType),
	)
})

// macros are those of CEL, all but has with their range held to lists.
func macros() []cel.Macro {
	ms := []cel.Macro{cel.HasMacro}
	for _, m := range cel.StandardMacros {
		if m.Function() != cel.HasMacro.Function() {
			ms = append(ms, cel.ReceiverMacro(m.Function(), m.ArgCount(), listsOnly(m)))
		}
	}
	return ms
}

func listsOnly(m cel.Macro) cel.MacroFactory {
	return func(h cel.MacroExprFactory, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		return m.Expander()(h, h.NewCall(onlyList, target), args)
	}
}

// parse reads an expression without looking at its names.
func parse(expr string) (*cel.Ast, error) {
	env, err := base()
	if err != nil {
		return nil, err
	}
	parsed, issues := env.Parse(expr)
	if issues != nil && len(issues.Errors()) > 0 {
		return nil, syntaxError(expr, issues.Errors()[0])
	}
	return parsed, nil
}

// celTypes gives CEL the types of a scope's names, each when it is asked for:
// its cost is that of the names that are read, not of those there are.
type celTypes struct {
	types.Provider
	scope *Scope
}

// FindStructType knows the types that are records here.
func (p celTypes) FindStructType(name string) (*types.Type, bool) {
	switch name {
	case rootParams, rootSteps, rootRun, rootSecret:
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	if _, ok := stepOfType(name); ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldType gives the type of a name and the function that reads it.
func (p celTypes) FindStructFieldType(record, field string) (*types.FieldType, bool) {
	switch record {
	case rootParams:
		t, bad := p.scope.param(field)
		return reader(celType(t), func(b *binding) (any, error) { return b.param(field) }), bad == nil
	case rootRun:
		t, bad := runField(field)
		return reader(celType(t), func(b *binding) (any, error) { return b.run(field) }), bad == nil
	case rootSecret:
		return reader(types.StringType, func(b *binding) (any, error) { return b.secret(field) }), true
	case rootSteps:
		o, bad := p.scope.step(field)
		return reader(recordType(field, o), func(b *binding) (any, error) { return b.step(field) }), bad == nil
	}
	if id, ok := stepOfType(record); ok {
		t, bad := p.scope.Steps[id].output(id, field)
		return outputReader(celType(t), field), bad == nil
	}
	return p.Provider.FindStructFieldType(record, field)
}

// recordType is the type of steps.ID. Its name is what CEL's errors show.
func recordType(id string, o Outputs) *types.Type {
	t := types.NewObjectType(stepTypePrefix + id)
	if o.ForEach {
		return types.NewMapType(types.StringType, t)
	}
	return t
}

const stepTypePrefix = "step "

func stepOfType(name string) (string, bool) {
	if len(name) <= len(stepTypePrefix) || name[:len(stepTypePrefix)] != stepTypePrefix {
		return "", false
	}
	return name[len(stepTypePrefix):], true
}

func reader(t *types.Type, get func(*binding) (any, error)) *types.FieldType {
	return &types.FieldType{
		Type:    t,
		IsSet:   func(of any) bool { _, err := get(of.(*binding)); return err == nil },
		GetFrom: func(of any) (any, error) { return get(of.(*binding)) },
	}
}

func outputReader(t *types.Type, name string) *types.FieldType {
	return &types.FieldType{
		Type:    t,
		IsSet:   func(of any) bool { return of.(*record).has(name) },
		GetFrom: func(of any) (any, error) { return of.(*record).get(name) },
	}
}

func celType(t Type) *types.Type {
	switch t {
	case String:
		return types.StringType
	case Int:
		return types.IntType
	case Number:
		return types.DoubleType
	case Bool:
		return types.BoolType
	case Time:
		return types.TimestampType
	case List:
		return types.NewListType(types.DynType)
	case Map:
		return types.NewMapType(types.StringType, types.DynType)
	}
	return types.DynType
}
