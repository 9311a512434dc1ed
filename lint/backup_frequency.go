package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
)

var backupFrequency = Rule{
	ID: "backup-frequency", Severity: plans.SeverityError,
	Summary: "A backup is made less often than the RPO allows.",
	Why: "The RPO is how much of the newest data may be lost. What is backed up every six hours loses up to six hours, " +
		"however good the recovery is. A row of `backup_schedule` without an `objective:` is held to the strictest row of `rpo_rto`. " +
		"A base backup that a log goes on from (`wal`, `binlog`, `oplog`, `incremental` in its name; of the same name, or of the same database in one bucket) may be rarer: the log is held to the RPO.",
	Check: func(p *Pass) {
		for _, b := range p.Plan().Backups {
			rpo, row := p.rpoOf(b.Value.Objective)
			if b.Value.Frequency.Node == nil || rpo == 0 || b.Value.Frequency.Value <= rpo || p.continued(b, rpo) {
				continue
			}
			p.Report(b.Value.Frequency.Node, "back it up at least every "+span(rpo)+", or say with `objective:` which row of rpo_rto it serves",
				"a backup of %s every %s cannot keep the RPO of %s%s", b.Key.Value, span(b.Value.Frequency.Value), span(rpo), row)
		}
	},
}

// rpoOf is the RPO of a row, or the strictest of all, and which row it is of as
// people say it; 0: there is none.
func (s *Subject) rpoOf(row plans.Text) (rpo time.Duration, of string) {
	if t, ok := s.Plan().Targets.Get(row.Value); ok {
		return t.RPO.Value, " of " + row.Value
	}
	for _, t := range s.Plan().Targets {
		if v := t.Value.RPO.Value; v > 0 && (rpo == 0 || v < rpo) {
			rpo, of = v, " of "+t.Key.Value
		}
	}
	return rpo, of
}
