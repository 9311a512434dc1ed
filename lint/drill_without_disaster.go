package lint

import (
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var drillWithoutDisaster = Rule{
	ID: "drill-without-disaster", Severity: plans.SeverityWarning,
	Summary: "A drill breaks nothing.",
	Why: "A restore over a healthy system passes whether or not it restores: Velero skips what exists (vmware-tanzu/velero#6142), and a service that never went down is up. " +
		"The RTO's clock starts with the first disaster step. Drills of procedures that change nothing, or restore into a copy (`namespace_mappings`), need no disaster.",
	Check: func(p *Pass) {
		for _, d := range p.Drills {
			if d.Practised == nil || len(inPhase(d, engine.PhaseDisaster)) > 0 || harmless(d.Practised) {
				continue
			}
			if bare(d) {
				p.Report(d.Scenario.Node, "write it as an object: `name:`, `procedure: "+d.Practised.ID+"`, and `disaster:` with what breaks",
					"the drill %q is a name alone: it breaks nothing, and recovers what is not lost", d.ID)
				continue
			}
			p.Report(d.Name().Node, "add `disaster:` with what breaks", "the drill %q breaks nothing, and recovers what is not lost", d.ID)
		}
	},
}

// harmless reports whether a procedure changes nothing that was there before.
func harmless(procedure *plans.Section) bool {
	return !slices.ContainsFunc(procedure.Steps, func(st *plans.OutlineStep) bool {
		mutates := st.Kind.Mutates && st.Field("namespace_mappings") == nil && st.Kind.Type != "s3_download"
		return mutates || st.Kind.Wait == "duration" || st.Kind.Type == ""
	})
}
