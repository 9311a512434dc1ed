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

// grouped keeps plans apart. Runs are of one plan where its file was the same, or its
// bytes: so an edited plan stays itself, and so does one that is checked out
// somewhere else.
func grouped(runs []*Run) []*group {
	of := map[string]int{} // a file or a digest → group
	parent := []int{}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	place := make([]int, len(runs))
	for n, r := range runs {
		mine := -1
		for _, key := range r.planKeys() {
			i, known := of[key]
			switch {
			case known && mine < 0:
				mine = find(i)
			case known:
				parent[find(i)] = mine
			}
		}
		if mine < 0 {
			mine = len(parent)
			parent = append(parent, mine)
		}
		for _, key := range r.planKeys() {
			of[key] = mine
		}
		place[n] = mine
	}
	groups, list := map[int]*group{}, []*group{}
	for n, r := range runs {
		root := find(place[n])
		if groups[root] == nil {
			groups[root] = &group{}
			list = append(list, groups[root])
		}
		groups[root].runs = append(groups[root].runs, r)
	}
	slices.SortStableFunc(list, func(a, b *group) int { return strings.Compare(a.last().folder, b.last().folder) })
	return list
}

func (r *Run) planKeys() []string {
	keys := []string{"file " + r.folder}
	if r.Plan.SHA256 != "" {
		keys = append(keys, "bytes "+r.Plan.SHA256)
	}
	return keys
}

// follows reports whether the group's runs are those of a plan.
func (g *group) follows(p *Plan) bool {
	return slices.ContainsFunc(g.runs, func(r *Run) bool {
		return r.folder == p.Path || p.SHA256 != "" && r.Plan.SHA256 == p.SHA256
	})
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
