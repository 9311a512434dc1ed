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
		"Marks made by hand count: where setup and checks both have the run's id in them (`${run.id}`, `$DRPLAN_RUN_ID`), or checks read the output of a setup step " +
		"that takes a random number or the time (`uuidgen`, `openssl rand`, `date`).",
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
	looks := slices.ContainsFunc(inPhase(drill, engine.PhaseChecks), observes) || slices.ContainsFunc(drill.Practised.Steps, observes)
	setup, checks := inPhase(drill, engine.PhaseSetup), inPhase(drill, engine.PhaseChecks)
	if looks || holds(setup, "run.id", "DRPLAN_RUN_ID") && holds(checks, "run.id", "DRPLAN_RUN_ID") {
		return true
	}
	return slices.ContainsFunc(setup, func(st *plans.OutlineStep) bool {
		fresh := holds([]*plans.OutlineStep{st}, "uuidgen", "openssl rand", "date +", "/dev/urandom", "random/uuid", "$RANDOM")
		return fresh && holds(checks, "steps."+st.ID+".")
	})
}

func observes(st *plans.OutlineStep) bool { return st.Kind.Observes }

// holds reports whether one of the steps has one of the words in it.
func holds(list []*plans.OutlineStep, words ...string) (found bool) {
	for _, st := range list {
		scalars(st.Node, "", func(_ string, n *yaml.Node) {
			found = found || slices.ContainsFunc(words, func(w string) bool { return strings.Contains(n.Value, w) })
		})
	}
	return found
}
