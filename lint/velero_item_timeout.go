package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
)

// veleroItemTimeout is how long Velero waits for an operation where nobody says
// otherwise.
const veleroItemTimeout = 4 * time.Hour

var veleroItemTimeoutRule = Rule{
	ID: "velero-item-timeout", Severity: plans.SeverityInfo,
	Summary: "Velero may wait longer for one volume than the RTO allows.",
	Why: "Velero gives up an operation of a plugin, such as moving a snapshot's data, after 4 hours where `--item-operation-timeout` says nothing else (velero-io/velero#5043), and works on one restore after another: " +
		"one that hangs blocks all that follow. The step `velero_restore` tells Velero to give up when its own `timeout` comes. The rule is about restores in a procedure whose RTO is shorter than that.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			rto := sec.Objective.RTO
			if rto == 0 || rto >= veleroItemTimeout {
				continue
			}
			for _, st := range sec.Steps {
				for _, c := range p.CallsOf(st) {
					_, given := c.Flag("--item-operation-timeout")
					v, none := c.Flag("--restore-volumes")
					if velerosRestore(c) && !given && (!none || v != "false") {
						p.ReportCall(c, "add `--item-operation-timeout "+span(rto/2)+"` or less, or use the step `velero_restore`", "Velero waits up to 4h for each volume's operation, and the RTO is %s", span(rto))
					}
				}
			}
		}
	},
}
