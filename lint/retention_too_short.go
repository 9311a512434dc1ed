package lint

import "github.com/drplan/drplan/plans"

var retentionTooShort = Rule{
	ID: "retention-too-short", Severity: plans.SeverityWarning,
	Summary: "A backup is deleted before there are two newer ones.",
	Why: "Kept for less than one period, the last backup is gone before the next is made: part of the time there is none. " +
		"Kept for less than two, one backup that fails leaves none. Velero deletes a backup when its TTL is over, whether or not a later one succeeded " +
		"(velero.io/docs, \"How Velero Works\", \"Set a backup to expire\").",
	Check: func(p *Pass) {
		for _, b := range p.Plan().Backups {
			f, r := b.Value.Frequency, b.Value.Retention
			switch {
			case f.Node == nil || r.Node == nil:
			case r.Value < f.Value:
				p.Report(r.Node, "keep it for "+span(2*f.Value)+" or longer",
					"a backup of %s is made every %s and kept for %s: part of the time there is none", b.Key.Value, span(f.Value), span(r.Value))
			case r.Value < 2*f.Value:
				p.Report(r.Node, "keep it for "+span(2*f.Value)+" or longer",
					"a backup of %s is made every %s and kept for %s: one that fails leaves none", b.Key.Value, span(f.Value), span(r.Value))
			}
		}
	},
}
