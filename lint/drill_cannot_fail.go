package lint

import (
	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var drillCannotFail = Rule{
	ID: "drill-cannot-fail", Severity: plans.SeverityWarning,
	Summary: "Nothing in a drill verifies that it recovered.",
	Why: "A restore that ends well is no service that is back: Velero's phase can be Completed with volumes' data untouched (vmware-tanzu/velero#6818), or before " +
		"they are filled (#9186). A step that verifies (`verify`, `etcd_health`, a `canary` that is checked) can fail, and ends the RTO's clock; without one the run measures no RTO.",
	Check: func(p *Pass) {
		for _, d := range p.Drills {
			if d.Practised == nil || bare(d) || verifies(d) {
				continue
			}
			checks := inPhase(d, engine.PhaseChecks)
			if len(checks) == 0 {
				p.Report(d.Name().Node, "end the procedure, or the drill's `checks:`, with a step of the type `verify`",
					"the drill %q verifies nothing: it passes whatever came back", d.ID)
				continue
			}
			p.Report(checks[0].Type.Key, "let a `verify:` run it, as `verify: {command: {run: …}}`",
				"the drill %q checks by steps that are no verification: its RTO's clock never ends", d.ID)
		}
	},
}
