package lint

import (
	"strings"
	"sync"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/expr"
)

// nothing is the scope of an expression that reads at most run.mode.
var nothing = sync.OnceValue(func() *expr.Env { return expr.New(expr.Scope{}) })

// constant is what a step's `when` always is. Known is false where it depends on
// anything but whether this is a drill.
func constant(st *plans.OutlineStep) (value, known bool) {
	n := st.When.Node
	if n == nil || !expr.HasExpr(n.Value) || strings.Contains(n.Value, "has(") {
		return false, false
	}
	refs, err := expr.References(n.Value)
	if err != nil || len(refs.Steps)+len(refs.Params)+len(refs.Secrets) > 0 || refs.Item {
		return false, false
	}
	modes := []engine.Mode{engine.ModeDrill}
	if st.Phase == engine.PhaseProcedure {
		modes = append(modes, engine.ModeRecovery)
	}
	for i, mode := range modes {
		v, err := nothing().EvalBool(n.Value, expr.Vars{Run: map[string]any{"mode": string(mode)}})
		if err != nil || i > 0 && v != value {
			return false, false
		}
		value = v
	}
	return value, true
}
