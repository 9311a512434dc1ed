package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
)

var retentionTestPeriod = Rule{
	ID: "retention-test-period", Severity: plans.SeverityInfo,
	Summary: "No backup is kept from one drill to the next.",
	Why: "Backups go bad quietly: a volume that is no longer included, a key that was rotated, data that was damaged before it was backed up. " +
		"The drill finds out. If every backup is younger than the last good drill, it then finds nothing to go back to. " +
		"One backup a month that is kept for longer is enough, and so are more frequent drills. It is said once for a plan.",
	Check: func(p *Pass) {
		period := p.Plan().Testing.Frequency
		var longest time.Duration
		for _, b := range p.Plan().Backups {
			if b.Value.Retention.Node == nil {
				return
			}
			longest = max(longest, b.Value.Retention.Value)
		}
		if period.Node != nil && len(p.Plan().Backups) > 0 && longest < period.Value {
			p.Report(period.Node, "drill at least every "+span(longest)+", or keep some backups for "+span(period.Value),
				"drills are %s apart, and no backup is kept for longer than %s: when a drill finds that backups have gone bad, no good one may be left", span(period.Value), span(longest))
		}
	},
}
