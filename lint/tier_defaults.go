package lint

import (
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/plans"
)

const week = 7 * 24 * time.Hour

var tierDefaults = Rule{
	ID: "tier-defaults", Severity: plans.SeverityWarning,
	Summary: "An objective is looser than its service level.",
	Why: "Who reads `critical` expects what the word stands for: an RPO of 15 minutes and an RTO of an hour; `high` an hour and four; `medium` a day each; `low` a week and three days. " +
		"These are the service levels of the guide that the plan format comes from (`examples/seed`). Where yours are others, set the options. " +
		"A row counts by the one service level that its name is, ends with or qualifies, such as `critical`, `orders-high` or `low_priority`.",
	Options: []Option{
		{"critical_rpo", "The longest RPO of a critical service.", 15 * time.Minute},
		{"critical_rto", "The longest RTO of a critical service.", time.Hour},
		{"high_rpo", "The longest RPO of the level high.", time.Hour},
		{"high_rto", "The longest RTO of the level high.", 4 * time.Hour},
		{"medium_rpo", "The longest RPO of the level medium.", 24 * time.Hour},
		{"medium_rto", "The longest RTO of the level medium.", 24 * time.Hour},
		{"low_rpo", "The longest RPO of the level low.", week},
		{"low_rto", "The longest RTO of the level low.", 3 * 24 * time.Hour},
	},
	Check: func(p *Pass) {
		for _, row := range p.Plan().Targets {
			if tier := tierOf(row.Key.Value); tier != "" {
				p.tier(row, tier, "rpo", row.Value.RPO)
				p.tier(row, tier, "rto", row.Value.RTO)
			}
		}
	},
}

func (p *Pass) tier(row plans.Entry[plans.Target], tier, what string, d plans.Duration) {
	if most := p.Span(tier + "_" + what); d.Node != nil && d.Value > most {
		p.Report(d.Node, "make it "+span(most)+" or less, or call the row something else",
			"the %s of %s of %s is looser than the level %s allows: %s", upper(what), span(d.Value), row.Key.Value, tier, span(most))
	}
}

// tierOf is the one service level that a name tells; empty: none, or several. The
// level is its last word, or one before what has levels: high_availability is none.
func tierOf(name string) (tier string) {
	words := wordsOf(name)
	for i, w := range words {
		if w != "critical" && w != "high" && w != "medium" && w != "low" {
			continue
		}
		if i+1 < len(words) && !slices.Contains([]string{"tier", "level", "priority", "class", "service", "services", "app", "apps", "applications", "workload", "workloads", "systems", "data"}, words[i+1]) {
			continue
		}
		if tier != "" {
			return ""
		}
		tier = w
	}
	return tier
}

// upper is rpo as people write it.
func upper(what string) string { return strings.ToUpper(what) }
