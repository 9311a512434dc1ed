package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
)

var strategyObjective = Rule{
	ID: "strategy-objective", Severity: plans.SeverityWarning,
	Summary: "A strategy that does not reach its objective.",
	Why: "AWS's whitepaper \"Disaster Recovery of Workloads on AWS\" (section \"Disaster recovery options in the cloud\") gives for each strategy what it reaches: " +
		"backup and restore hours, pilot light tens of minutes, warm standby minutes, several active sites (`hot_standby`) next to nothing. " +
		"Frequent backups and shipped logs do better than that, so the rule speaks only far below: the options say where.",
	Options: []Option{
		{"backup_and_restore_rpo", "The least RPO that backups are believed to reach.", time.Minute},
		{"backup_and_restore_rto", "The least RTO that a restore is believed to reach.", time.Minute},
		{"pilot_light_rpo", "The least RPO of a pilot light.", time.Second},
		{"pilot_light_rto", "The least RTO of a pilot light, whose servers start only then.", time.Minute},
		{"warm_standby_rpo", "The least RPO of a warm standby, which is replicated to.", time.Second},
		{"warm_standby_rto", "The least RTO of a warm standby, which must grow first.", 30 * time.Second},
	},
	Check: func(p *Pass) {
		for _, row := range p.Plan().Targets {
			strategy := row.Value.Strategy.Value
			if strategy != "backup_and_restore" && strategy != "pilot_light" && strategy != "warm_standby" {
				continue // none, or hot_standby, which reaches anything
			}
			for _, o := range []struct {
				name string
				plans.Duration
			}{{"rpo", row.Value.RPO}, {"rto", row.Value.RTO}} {
				least := p.Span(strategy + "_" + o.name)
				if o.Node != nil && o.Value < least {
					p.Report(o.Node, "take a "+nextStrategy[strategy]+", or agree on "+span(least)+" or more",
						"%s cannot be expected to keep the %s of %s of %s", strategy, upper(o.name), span(o.Value), row.Key.Value)
				}
			}
		}
	},
}

// nextStrategy is the strategy that reaches more.
var nextStrategy = map[string]string{"backup_and_restore": "warm_standby", "pilot_light": "warm_standby", "warm_standby": "hot_standby"}
