package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var drillCannotFail = Rule{
	ID: "drill-cannot-fail", Severity: plans.SeverityWarning,
	Summary: "No verification can fail a drill.",
	Why: "A drill is there to fail when the recovery is no good. A verification with `continue_on_error: true` stops nothing, whatever it finds; one that has `when: \"${run.mode == 'recovery'}\"` " +
		"is never made in a drill. Where the procedure verifies nothing at all, that is for no-verification to say.",
	Check: func(p *Pass) {
		of := map[*plans.Section][]*plans.OutlineStep{} // a procedure's, however many drills practise it
		for _, d := range p.Drills {
			if d.Practised == nil {
				continue
			}
			if _, done := of[d.Practised]; !done {
				of[d.Practised] = verifications(d.Practised.Steps)
			}
			all := slices.Concat(of[d.Practised], verifications(inPhase(d, engine.PhaseChecks)))
			if len(all) == 0 || slices.ContainsFunc(all, binds) {
				continue
			}
			p.Report(d.Name().Node, "let one of them fail it: take `continue_on_error` away, or add a verification to `checks:`",
				"the drill %q passes whatever its verifications find: %s cannot fail it", d.ID, listed(ids(all)))
		}
	},
}

func verifications(list []*plans.OutlineStep) (out []*plans.OutlineStep) {
	for _, st := range list {
		if isVerification(st) {
			out = append(out, st)
		}
	}
	return out
}

// isVerification reports whether a step looks whether something is back.
func isVerification(st *plans.OutlineStep) bool {
	if st.Kind.Type == "canary" {
		action := st.Field("action")
		return action != nil && action.Value == "check"
	}
	return st.Kind.Verifies
}

// binds reports whether a drill fails where the step does.
func binds(st *plans.OutlineStep) bool {
	when := strings.NewReplacer(" ", "", `"`, "'").Replace(st.When.Value)
	return !st.ContinueOnError && !strings.Contains(when, "run.mode=='recovery'")
}

// ids lists the first of some steps' ids.
func ids(list []*plans.OutlineStep) (out []string) {
	const shown = 3
	for i, st := range list {
		if i == shown {
			return append(out, "…")
		}
		out = append(out, st.ID)
	}
	return out
}
