package steps

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Environ is what a step's programs run with, in the form of os.Environ: drplan's
// own environment, the parameters as DRPLAN_PARAM_X, the step's env over both, and what tells
// a script whom it works for.
func (r *Run) Environ() []string {
	env := os.Environ()
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		env = append(env, "DRPLAN_PARAM_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+r.Params[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Env)) {
		env = append(env, name+"="+r.Env[name])
	}
	return append(env,
		"DRPLAN_RUN_ID="+r.RunID,
		"DRPLAN_STEP="+r.StepID,
		fmt.Sprintf("DRPLAN_ATTEMPT=%d", r.Attempt),
		"DRPLAN_STEP_DIR="+r.Dir,
	)
}
