package lint

import (
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/plans"
)

// budget is a run of a section against its RTO.
type budget struct {
	section *plans.Section
	rto     time.Duration
	row     string // whose RTO it is
	takes   time.Duration
	path    []*plans.OutlineStep // what takes the time, first to last
}

// budgets lays out each procedure and each drill that has an RTO. A drill of a
// procedure that is over already says nothing new, and is left out.
func (s *Subject) budgets(takes func(*plans.OutlineStep) time.Duration, over func(budget) bool) (out []budget) {
	found := map[*plans.Section]bool{}
	for _, sec := range s.Sections() {
		if sec.Objective.RTO == 0 || sec.Practised != nil && found[sec.Practised] {
			continue
		}
		if sec.Scenario != nil && !addsTime(sec, takes) {
			continue // it cannot run, or is as long as its procedure
		}
		b := budget{section: sec, rto: sec.Objective.RTO, row: s.rtoRow(sec)}
		b.takes, b.path = sec.Recovery(takes)
		if over(b) {
			found[sec] = true
			out = append(out, b)
		}
	}
	return out
}

// plannedTime is how long people said that a step takes, if it runs in every case.
func plannedTime(st *plans.OutlineStep) time.Duration {
	if !st.HasPlan || st.When.Node != nil {
		return 0
	}
	return st.Planned
}

// overPlan reports whether the planned times alone leave nothing of the RTO for the
// steps that have none.
func (b budget) overPlan() bool {
	return b.takes > b.rto || b.takes == b.rto && slices.ContainsFunc(b.section.Whole(), func(st *plans.OutlineStep) bool {
		return st.Phase.Recovers() && !st.HasPlan
	})
}

// steps tells what takes the time: provision 30m, verify 30m.
func (b budget) steps(takes func(*plans.OutlineStep) time.Duration) string {
	const shown = 6
	var parts []string
	for _, st := range b.path {
		parts = append(parts, st.ID+" "+span(takes(st)))
	}
	if len(parts) > shown {
		parts = append(parts[:shown], "…")
	}
	return strings.Join(parts, ", ")
}

// addsTime reports whether a drill is another matter than its procedure: by what its
// own steps take, or by its objective.
func addsTime(drill *plans.Section, takes func(*plans.OutlineStep) time.Duration) bool {
	return drill.Practised != nil && (drill.Objective != drill.Practised.Objective ||
		slices.ContainsFunc(drill.Steps, func(st *plans.OutlineStep) bool { return st.Phase.Recovers() && takes(st) > 0 }))
}

// rtoRow is the row that a section's RTO is of: its own, or the strictest.
func (s *Subject) rtoRow(sec *plans.Section) string {
	if sec.Objective.Row != "" {
		return sec.Objective.Row
	}
	for _, row := range s.Plan().Targets {
		if row.Value.RTO.Value == sec.Objective.RTO {
			return row.Key.Value
		}
	}
	return ""
}
