package period

import "github.com/drplan/drplan/report"

// Covered is a procedure, or a row of rpo_rto, and what was run of it and came to
// its end.
type Covered struct {
	Name       string         `json:"name"`
	Tier       string         `json:"tier,omitempty"` // of a procedure: its row of rpo_rto
	RTO        report.Seconds `json:"rto_target_seconds,omitzero"`
	RPO        report.Seconds `json:"rpo_target_seconds,omitzero"`
	InPeriod   int            `json:"drills_in_period"`
	Ever       int            `json:"drills_ever"`
	Recoveries int            `json:"recoveries_ever"`
	LastRun    string         `json:"last_run"`
	LastAt     report.Instant `json:"last_at"`
}

// Word says how far it is covered.
func (c Covered) Word() string {
	switch {
	case c.InPeriod > 0:
		return "drilled in the period"
	case c.Ever > 0:
		return "not drilled in the period"
	}
	return "never drilled"
}

func (c *Covered) count(runs []*Run, span Span, of func(*Run) bool) {
	for _, r := range runs {
		if !r.Done() || !of(r) {
			continue
		}
		c.LastRun, c.LastAt = r.ID, r.StartedAt
		switch {
		case !r.Drill():
			c.Recoveries++
			continue
		case span.Holds(r.StartedAt.Time):
			c.InPeriod++
		}
		c.Ever++
	}
}

// coverage asks of every procedure and every row of the plan whether it was drilled.
func coverage(g *group, p *Plan, span Span) (procedures, tiers []Covered) {
	procedures, tiers = []Covered{}, []Covered{}
	if p == nil {
		return procedures, tiers
	}
	for _, proc := range p.Procedures {
		c := Covered{Name: proc.Name, Tier: proc.Tier}
		c.count(g.runs, span, func(r *Run) bool { return r.Procedure == proc.Name })
		procedures = append(procedures, c)
	}
	for _, tier := range p.Tiers {
		c := Covered{Name: tier.Name, RTO: optional(tier.RTO), RPO: optional(tier.RPO)}
		c.count(g.runs, span, func(r *Run) bool { return r.Objective == tier.Name })
		tiers = append(tiers, c)
	}
	return procedures, tiers
}
