package lint

import (
	"strings"
	"time"

	"github.com/drplan/drplan/plans"
)

var backupFrequency = Rule{
	ID: "backup-frequency", Severity: plans.SeverityError,
	Summary: "A backup is made less often than the RPO allows.",
	Why: "The RPO is how much of the newest data may be lost. What is backed up every six hours loses up to six hours, " +
		"however good the recovery is. A row of `backup_schedule` without an `objective:` is held to the strictest row of `rpo_rto`. " +
		"A base backup that a log goes on from (`wal`, `binlog`, `oplog`, `incremental` in its name, in the same folder or of the same name) may be rarer: the log is held to the RPO.",
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

// continued reports whether a log that is backed up often enough goes on from a
// base backup.
func (s *Subject) continued(base plans.Entry[plans.Backup], rpo time.Duration) bool {
	for _, log := range s.Plan().Backups {
		isLog := named(log.Key.Value, "wal", "log", "logs", "binlog", "binlogs", "oplog", "redo", "archivelog", "incremental", "incrementals", "changes")
		if isLog && log.Key.Value != base.Key.Value && log.Value.Frequency.Node != nil && log.Value.Frequency.Value <= rpo && together(base, log) {
			return true
		}
	}
	return false
}

// together reports whether two backups are of the same data: they stand in one
// folder, or their names begin with the same word.
func together(a, b plans.Entry[plans.Backup]) bool {
	at, other := a.Value.Location.Value, b.Value.Location.Value
	if at != "" && at == other || parent(at) != "" && parent(at) == parent(other) {
		return true
	}
	first, second := wordsOf(a.Key.Value), wordsOf(b.Key.Value)
	return len(first) > 0 && len(second) > 0 && first[0] == second[0]
}

// parent is the folder of a location, without a bucket: buckets hold anything.
func parent(location string) string {
	_, path, _ := strings.Cut(strings.TrimSuffix(location, "/"), "://")
	i := strings.LastIndexByte(path, '/')
	if i < 0 || !strings.Contains(path[:i], "/") {
		return ""
	}
	return path[:i]
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
