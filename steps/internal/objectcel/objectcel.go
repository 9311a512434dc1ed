package objectcel

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
)

// costLimit bounds an evaluation: an assertion is short.
const costLimit = 100_000

// env is made when the first expression is compiled: every command would pay for it.
var env = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(cel.Variable("object", cel.DynType), ext.Strings(), ext.Lists(), ext.Sets())
})

// Expression is a condition on an object.
type Expression struct {
	text    string
	program cel.Program
	reads   []reading
}

// Compile checks an expression, such as object.status.phase == "Bound". It must be
// able to be a bool.
func Compile(text string) (*Expression, error) {
	e, err := env()
	if err != nil {
		return nil, err
	}
	checked, issues := e.Compile(text)
	if err := issues.Err(); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "ERROR: "))
	}
	if t := checked.OutputType(); !t.IsExactType(cel.BoolType) && !t.IsExactType(cel.DynType) {
		return nil, fmt.Errorf("it is %s, not true or false: compare it with something", t)
	}
	program, err := e.Program(checked, cel.CostLimit(costLimit))
	if err != nil {
		return nil, err
	}
	return &Expression{text, program, readings(checked.NativeRep())}, nil
}

// Holds reports whether the object is as the expression says. A field that is not
// there yet makes it false, with the reason in seen; seen is what the object has in
// the places that the expression reads. An err says that the expression is at fault.
func (x *Expression) Holds(object map[string]any) (holds bool, seen string, err error) {
	value, _, err := x.program.Eval(map[string]any{"object": object})
	seen = x.seen(object)
	switch {
	case err != nil && missing(err):
		return false, join(seen, err.Error()), nil
	case err != nil:
		return false, seen, fmt.Errorf("%s: %w", x.text, err)
	}
	holds, isBool := value.Value().(bool)
	if !isBool {
		return false, seen, fmt.Errorf("%s is %v, not true or false", x.text, value.Value())
	}
	return holds, seen, nil
}

// missing tells a part of the object that is not there from a mistake.
func missing(err error) bool {
	text := err.Error()
	return strings.Contains(text, "no such key") || strings.Contains(text, "index out of bounds")
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
