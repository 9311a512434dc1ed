package period

import "github.com/drplan/drplan/report"

// Standard is a requirement, and which sections of the report support it: those that
// have something to show for the period.
type Standard struct {
	report.Standard
	Supports []Section `json:"supported_by"`
}

// Section is a part of the report: ID is its place on the page.
type Section struct {
	ID   string `json:"section"`
	What string `json:"what"`
}

// NothingShown stands where no section supports a requirement.
const NothingShown = "nothing in this period"

var supports = map[string][]Section{
	"iso22301": {{"drills", "planned and done drills"}, {"trend", "results against aims"}, {"coverage", "scope"}, {"findings", "actions"}, {"next", "planned intervals"}, {"signoff", "review"}},
	"soc2":     {{"drills", "tests of the procedures"}, {"trend", "measured recovery against objectives"}, {"coverage", "what was not tested"}, {"evidence", "evidence"}},
	"dora":     {{"drills", "tests in the period"}, {"coverage", "scenarios and procedures"}, {"next", "when each is due"}, {"trend", "recovery against targets"}},
	"dora-rts": {{"drills", "documented results"}, {"failures", "deficiencies"}, {"attention", "deviations"}, {"findings", "follow-up"}},
	"nist":     {{"trend", "recovery from backup"}, {"drills", "results"}, {"slower", "lessons"}, {"findings", "lessons and corrections"}},
}

// standards leaves out what the report has nothing for.
func (r *Report) standards() []Standard {
	shown := r.shown()
	list := make([]Standard, len(report.Standards))
	for i, s := range report.Standards {
		list[i] = Standard{s, []Section{}}
		for _, by := range supports[s.ID] {
			if shown[by.ID] {
				list[i].Supports = append(list[i].Supports, by)
			}
		}
	}
	return list
}

// shown says which sections have something to show. Where nothing was done, nothing
// was covered, and there is nothing to review.
func (r *Report) shown() map[string]bool {
	t := r.Totals
	done, due := t.Drills+t.Recoveries > 0, false
	for _, p := range r.Plans {
		for _, s := range p.Scenarios {
			due = due || s.Overdue != nil
		}
	}
	return map[string]bool{
		"drills": done, "trend": r.measured(), "coverage": done, "signoff": done, "evidence": t.Runs > 0, "next": due,
		"slower": t.Slower > 0, "failures": t.Repeated > 0, "attention": len(r.Attention) > 0, "findings": len(r.Findings) > 0,
	}
}

// measured reports whether a run of the period has an RTO or an RPO.
func (r *Report) measured() bool {
	for _, p := range r.Plans {
		for _, run := range p.Runs {
			if run.Done() && (run.RTO.Actual.Known || run.RPO.Actual.Known) {
				return true
			}
		}
	}
	return false
}
