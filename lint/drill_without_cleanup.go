package lint

import (
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var drillWithoutCleanup = Rule{
	ID: "drill-without-cleanup", Severity: plans.SeverityWarning,
	Summary: "A drill leaves behind what it made.",
	Why: "What one drill leaves makes the next one pass, or costs money until somebody wonders: snapshots and VolumeSnapshotContents outlive their namespace. " +
		"The phase `cleanup` runs whatever happened, and its last step can verify that nothing is left.",
	Check: func(p *Pass) {
		calls := p.callsByStep()
		for _, d := range p.Drills {
			if d.Practised == nil || bare(d) || len(inPhase(d, engine.PhaseCleanup)) > 0 {
				continue
			}
			made := inPhase(d, engine.PhaseSetup, engine.PhaseDisaster)
			if i := slices.IndexFunc(made, func(st *plans.OutlineStep) bool { return makes(st, calls[st.Node]) }); i >= 0 {
				p.Report(d.Name().Node, "add `cleanup:` with what takes it away, and a `verify:` that it is gone",
					"the drill %q leaves behind what its step %s makes: it has no cleanup", d.ID, made[i].ID)
			}
		}
	},
}
