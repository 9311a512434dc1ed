package period

import (
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/report"
)

// Plan is what a report needs to know of a plan, whoever read it.
type Plan struct {
	Path    string // absolute, or as it was given
	Version string
	SHA256  string // of its bytes, hex

	Frequency  time.Duration // how often each drill is due; 0: it does not say
	NextTest   time.Time     // the day that people set; zero: none
	Drills     []PlannedDrill
	Procedures []Procedure
	Tiers      []Tier
}

// PlannedDrill is a test scenario of a plan.
type PlannedDrill struct {
	ID, Name, Procedure string
	CannotRun           string // why; empty: it can
}

// Procedure is a recovery procedure and the row of rpo_rto that it is held to.
type Procedure struct{ Name, Tier string }

// Tier is a row of rpo_rto; 0 is no target.
type Tier struct {
	Name     string
	RTO, RPO time.Duration
}

// group is all runs of one plan, as it was edited over time.
type group struct {
	runs []*Run // by when they began
}

func (g *group) last() *Run { return g.runs[len(g.runs)-1] }

// grouped keeps plans apart.
func grouped(runs []*Run) []*group {
	var list []*group
	for _, of := range report.ByPlan(runs, (*Run).planID) {
		list = append(list, &group{of})
	}
	slices.SortStableFunc(list, func(a, b *group) int { return strings.Compare(a.last().folder, b.last().folder) })
	return list
}

func (r *Run) planID() report.PlanID { return report.PlanID{File: r.folder, SHA256: r.Plan.SHA256} }

// follows reports whether the group's runs are those of a plan.
func (g *group) follows(p *Plan) bool {
	asked := report.PlanID{File: p.Path, SHA256: p.SHA256}
	return slices.ContainsFunc(g.runs, func(r *Run) bool { return asked.Shares(r.planID()) })
}

// editions counts the plan's different bytes among runs.
func editions(runs []*Run) int {
	seen := map[string]bool{}
	for _, r := range runs {
		seen[r.Plan.SHA256] = true
	}
	return len(seen)
}

// split parts runs into those before a span and those in it.
func split(runs []*Run, span Span) (before, in []*Run) {
	for _, r := range runs {
		switch {
		case span.Holds(r.StartedAt.Time):
			in = append(in, r)
		case r.StartedAt.Before(span.From.Time):
			before = append(before, r)
		}
	}
	return before, in
}

func instant(t time.Time) report.Instant { return report.Instant{Time: t.UTC()} }
