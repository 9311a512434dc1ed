package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
)

var singleRegion = Rule{
	ID: "single-region", Severity: plans.SeverityInfo,
	Summary: "Nothing shows that the backups of a critical objective survive the loss of a region.",
	Why: "A bucket lives in one region. Whoever is promised minutes is promised them also when a region is lost, and then the backups must be in another: by a second backup, or by replication of the bucket, " +
		"which the plan does not show (AWS Well-Architected, reliability pillar, REL09-BP02 and REL13). An objective is critical by its name, or by an RPO and an RTO that are both as strict as the options say. " +
		"Two locations with different regions in their names are enough, or names that tell a copy from its original; a pilot light and a standby are elsewhere by themselves. It is said once for a plan.",
	Options: []Option{
		{"rpo", "With an RPO of this or less, and such an RTO, an objective is critical.", 15 * time.Minute},
		{"rto", "With an RTO of this or less, and such an RPO, an objective is critical.", time.Hour},
	},
	Check: func(p *Pass) {
		critical := p.criticalRow()
		if critical == "" {
			return
		}
		var first plans.Text
		regions, buckets := map[string]bool{}, map[string]bool{}
		for _, b := range p.Plan().Backups {
			row, l := b.Value.Objective, b.Value.Location
			if l.Value == "" || row.Node != nil && row.Value != critical {
				continue
			}
			at := placeOf(l.Value)
			if !at.store {
				return // single-account has worse to say, or nobody knows where it is
			}
			if copyName(b.Key.Value) || copyName(l.Value) {
				return
			}
			if first.Node == nil {
				first = l
			}
			regions[at.region], buckets[at.bucket] = true, true
		}
		delete(regions, "")
		const hint = "back up to another region as well, or say why not: # drplan:ignore single-region -- the bucket is replicated to …"
		switch {
		case first.Node == nil || len(regions) > 1:
		case len(buckets) == 1:
			p.Report(first.Node, hint, "the objective %s is critical, and all its backups are in one bucket: a lost region takes them", critical)
		default:
			p.Report(first.Node, hint, "the objective %s is critical, and each of its backups is in one bucket only: a lost region may take it", critical)
		}
	},
}

// criticalRow is the first row that is critical; empty: none is.
func (p *Pass) criticalRow() string {
	for _, row := range p.Plan().Targets {
		rpo, rto := row.Value.RPO, row.Value.RTO
		strict := rpo.Node != nil && rto.Node != nil && rpo.Value <= p.Span("rpo") && rto.Value <= p.Span("rto")
		if backsUp(row.Value) && row.Value.Strategy.Value != "pilot_light" && (strict || tierOf(row.Key.Value) == "critical") {
			return row.Key.Value
		}
	}
	return ""
}

// copyName reports whether a name says that it is of another copy.
func copyName(name string) bool {
	return named(name, "secondary", "replica", "replicated", "copy", "offsite", "remote", "dr", "mirror", "crossregion")
}
