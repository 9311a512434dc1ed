package lint

import (
	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var drillCannotFail = Rule{
	ID: "drill-cannot-fail", Severity: plans.SeverityWarning,
	Summary: "No step of a drill verifies that it recovered.",
	Why: "A restore that ends well is no service that is back: Velero's phase can be Completed with volumes' data untouched (vmware-tanzu/velero#6818), or before " +
		"they are filled (#9186). A step that verifies (`verify`, `etcd_health`, a `canary` that is checked) can fail, and ends the RTO's clock; without one the run measures no RTO.",
	Check: func(p *Pass) {
		for _, d := range p.Drills {
			if d.Practised == nil || bare(d) || verifies(d) {
				continue
			}
			at := d.Name().Node
			if checks := inPhase(d, engine.PhaseChecks); len(checks) > 0 && checks[0].Type.Key != nil {
				at = checks[0].Type.Key
			}
			p.Report(at, "end the procedure, or the drill's `checks:`, with a step `verify:`; it can run a command: `verify: {command: {run: …}}`",
				"no step of the drill %q is a verification: its RTO is never measured", d.ID)
		}
	},
}
