package lint

import (
	"github.com/drplan/drplan/plans"
)

var backupMissing = Rule{
	ID: "backup-missing", Severity: plans.SeverityWarning,
	Summary: "An RPO that no backup keeps, or a backup of which something is not said.",
	Why: "An RPO is kept by something that runs all the time, not by the recovery. `backup_schedule` says what: how often, for how long, where to. " +
		"A standby (`warm_standby`, `hot_standby`) is replicated to, and is not asked for; it carries over a deletion as fast as any other change, so backups are still wanted. " +
		"A bucket may keep more than the plan says: then say it.",
	Check: func(p *Pass) {
		if len(p.Plan().Backups) == 0 {
			p.noBackups()
			return
		}
		for _, b := range p.Plan().Backups {
			var lacks []string
			for _, part := range []struct {
				key string
				in  bool
			}{{"frequency", b.Value.Frequency.Node != nil}, {"retention", b.Value.Retention.Node != nil}, {"location", b.Value.Location.Value != ""}} {
				if !part.in {
					lacks = append(lacks, "`"+part.key+":`")
				}
			}
			if len(lacks) > 0 {
				p.Report(b.Key.Node, "add "+listed(lacks), "the backup of %s does not say %s", b.Key.Value, unsaid(lacks))
			}
		}
		p.rowsWithoutBackup()
	},
}

// noBackups reports the first RPO of a plan that has no backup at all.
func (p *Pass) noBackups() {
	for _, row := range p.Plan().Targets {
		if backsUp(row.Value) {
			p.Report(row.Value.RPO.Node, "list in `backup_schedule:` what keeps it: how often, for how long and where to",
				"the plan has no backup that could keep the RPO of %s of %s", span(row.Value.RPO.Value), row.Key.Value)
			return
		}
	}
}

// rowsWithoutBackup reports rows that something is held to while every backup serves
// another row.
func (p *Pass) rowsWithoutBackup() {
	served := map[string]bool{}
	for _, b := range p.Plan().Backups {
		if b.Value.Objective.Node == nil {
			return // it serves the strictest, whichever that is
		}
		served[b.Value.Objective.Value] = true
	}
	used, _ := p.usedRows()
	for _, row := range p.Plan().Targets {
		if backsUp(row.Value) && used[row.Key.Value] && !served[row.Key.Value] {
			p.Report(row.Value.RPO.Node, "add a backup with `objective: "+row.Key.Value+"`",
				"no backup serves the RPO of %s of %s", span(row.Value.RPO.Value), row.Key.Value)
		}
	}
}

// backsUp reports whether a row's RPO is kept by backups.
func backsUp(t plans.Target) bool {
	return t.RPO.Node != nil && t.Strategy.Value != "warm_standby" && t.Strategy.Value != "hot_standby"
}

// unsaid says what is not said in words.
func unsaid(keys []string) string {
	what := map[string]string{"`frequency:`": "how often it is made", "`retention:`": "for how long it is kept", "`location:`": "where it goes"}
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = what[k]
	}
	return listed(words)
}
