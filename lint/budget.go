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
		if sec.Scenario != nil && sec.Practised == nil {
			continue // it cannot run
		}
		b := budget{section: sec, rto: sec.Objective.RTO}
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

// of says whose RTO it is.
func (b budget) of() string {
	if b.section.Objective.Strictest {
		return "of the strictest row"
	}
	return "of " + b.section.Objective.Row
}
