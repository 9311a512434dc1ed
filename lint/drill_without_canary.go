package lint

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var drillWithoutCanary = Rule{
	ID: "drill-without-canary", Severity: plans.SeverityWarning,
	Summary: "A drill that restores data could pass with old data, or with data that were never lost.",
	Why: "A canary is a mark that only this run knows: written before the backup, proved gone after the disaster, looked for after the recovery. " +
		"Without it a check finds what another drill left. With its time it is also the only measure of the RPO. " +
		"Marks made by hand count, where setup and checks both have the run's id in them (`${run.id}`, `$DRPLAN_RUN_ID`).",
	Check: func(p *Pass) {
		calls := p.callsByStep()
		for _, d := range p.Drills {
			if d.Practised == nil || bare(d) || len(inPhase(d, engine.PhaseDisaster)) == 0 || hasCanary(d) {
				continue
			}
			if st := restores(d.Practised, calls); st != nil {
				p.Report(d.Name().Node, "add `canary: {action: write, …}` to setup, `{action: gone, …}` to the disaster and `{action: check, …}` to checks",
					"the drill %q restores data (%s) and has no canary: it could pass with old data", d.ID, st.ID)
			}
		}
	},
}

// hasCanary reports whether a drill looks for a mark of this run.
func hasCanary(drill *plans.Section) bool {
	looks := slices.ContainsFunc(drill.Whole(), func(st *plans.OutlineStep) bool {
		return st.Kind.Observes && (st.Phase == engine.PhaseChecks || st.Phase == engine.PhaseProcedure)
	})
	return looks || marked(inPhase(drill, engine.PhaseSetup)) && marked(inPhase(drill, engine.PhaseChecks))
}

// marked reports whether the run's id stands in one of the steps.
func marked(list []*plans.OutlineStep) (found bool) {
	for _, st := range list {
		scalars(st.Node, "", func(_ string, n *yaml.Node) {
			found = found || strings.Contains(n.Value, "run.id") || strings.Contains(n.Value, "DRPLAN_RUN_ID")
		})
	}
	return found
}
