package period

import (
	"strings"

	"github.com/drplan/drplan/report"
)

// Standard is a requirement, and which sections of the report support it: those that
// have something to show for the period.
type Standard struct {
	report.Standard
	Supports []Section `json:"supported_by"`
	ToFillIn []Section `json:"to_be_filled_in"` // forms, which are blank
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
	"dora-rts": {{"drills", "documented results"}, {"failures", "deficiencies"}, {"drills", failedDrills}, {"trend", missedObjectives}, {"attention", "deviations"}, {"findings", "follow-up"}},
	"nist":     {{"trend", fromBackup}, {"drills", "results"}, {"slower", "lessons"}, {"findings", "lessons and corrections"}},
}

// What takes more than that its section has something to show.
const (
	fromBackup       = "recovery from backup"
	failedDrills     = "failed drills"
	missedObjectives = "missed objectives"
)

// standards leaves out what the report has nothing for; the form for signing is blank,
// and supports nothing yet.
func (r *Report) standards() []Standard {
	shown, special := r.shown(), map[string]bool{
		fromBackup: r.restored(), failedDrills: r.Totals.Failed > 0, missedObjectives: r.Totals.RTO.Missed+r.Totals.RPO.Missed > 0,
	}
	list := make([]Standard, len(report.Standards))
	for i, s := range report.Standards {
		list[i] = Standard{s, []Section{}, []Section{}}
		for _, by := range supports[s.ID] {
			holds, known := special[by.What]
			switch {
			case !shown[by.ID] || known && !holds:
			case by.ID == "signoff":
				list[i].ToFillIn = append(list[i].ToFillIn, by)
			default:
				list[i].Supports = append(list[i].Supports, by)
			}
		}
	}
	return list
}

// Blank names the forms that are to be filled in; empty: none.
func (s Standard) Blank() string {
	var names []string
	for _, by := range s.ToFillIn {
		names = append(names, by.What)
	}
	if len(names) == 0 {
		return ""
	}
	return "to be filled in: " + strings.Join(names, ", ")
}

// restored reports whether a run of the period restored a backup that is known.
func (r *Report) restored() bool {
	for _, p := range r.Plans {
		for _, run := range p.Runs {
			if run.Done() && run.RPO.Basis != nil {
				return true
			}
		}
	}
	return false
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
