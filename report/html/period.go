package html

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/period"
)

// Period writes the page about all runs of a stretch of time.
func Period(w io.Writer, r *period.Report) error {
	return write(w, "period.tmpl", "Drills, "+r.Period.Name, newPeriodPage(r))
}

// periodPage is what period.tmpl is given.
type periodPage struct {
	R         *period.Report
	Cards     []card
	Plans     []planPart
	Next      []nextDate
	Standards []standard
	Sections  []section
	SignOff   []string
}

// card is a figure at the top.
type card struct{ Name, Long, Value, Of, Mark, Tone, Note string }

// planPart is a plan's parts of the sections.
type planPart struct {
	*period.PlanReport
	Scenarios []scenarioPart
	Many      bool // there are other plans, so that each says which it is
}

type scenarioPart struct {
	*period.Scenario
	Charts []*trend
}

// nextDate is something that is due.
type nextDate struct {
	Day, What, ID, Why string
	Late               bool
}

var periodSections = []section{{"scope", "Scope"}, {"drills", "Drills, planned and done"}, {"trend", "RTO and RPO over time"}, {"coverage", "Coverage"},
	{"next", "Next dates"}, {"slower", "Slower steps"}, {"failures", "Repeated failures"}, {"attention", "Runs to be careful with"}, {"findings", "Findings"},
	{"evidence", "Runs and evidence"}, {"standards", "Standards"}, {"signoff", "Sign-off"}}

func newPeriodPage(r *period.Report) *periodPage {
	p := &periodPage{R: r, Cards: cardsOf(r), Next: nextDates(r), Sections: periodSections, SignOff: period.SignOff}
	for i := range r.Plans {
		plan := planPart{PlanReport: &r.Plans[i], Many: len(r.Plans) > 1}
		for j := range r.Plans[i].Scenarios {
			plan.Scenarios = append(plan.Scenarios, scenarioOf(&r.Plans[i].Scenarios[j], r.Period))
		}
		p.Plans = append(p.Plans, plan)
	}
	for _, s := range r.Standards {
		st := standard{Standard: s.Standard, Not: s.Blank()}
		for _, by := range s.Supports {
			st.Sections = append(st.Sections, section{by.ID, by.What})
		}
		if len(s.Supports) == 0 {
			st.Not = period.NothingShown
		}
		p.Standards = append(p.Standards, st)
	}
	return p
}

func scenarioOf(s *period.Scenario, span period.Span) scenarioPart {
	out := scenarioPart{Scenario: s}
	if len(s.Trend) == 0 {
		return out
	}
	for _, t := range []*trend{
		trendOf("RTO", s.Trend, func(p period.Point) period.Measure { return p.RTO }, span),
		trendOf("RPO", s.Trend, func(p period.Point) period.Measure { return p.RPO }, span),
	} {
		if t != nil {
			out.Charts = append(out.Charts, t)
		}
	}
	return out
}

func cardsOf(r *period.Report) []card {
	t := r.Totals
	drills := card{Name: "Drills", Long: "planned and done", Value: fmt.Sprint(t.Drills), Mark: "no plan says how many", Tone: "open"}
	switch {
	case r.Chosen:
		drills.Long, drills.Mark = "done", fmt.Sprintf("of %d chosen runs", t.Runs)
	case t.Planned == nil:
	case *t.Planned == 0:
		drills.Mark = "none was planned for this time"
	default:
		drills.Value, drills.Of = fmt.Sprint(t.PlannedDone), fmt.Sprintf("of %d planned", *t.Planned)
		drills.Mark, drills.Tone = "all done", "good"
		if missing := *t.Planned - t.PlannedDone; missing > 0 {
			drills.Mark, drills.Tone = fmt.Sprintf("%d not done", missing), "bad"
			if !r.Complete {
				drills.Mark, drills.Tone = fmt.Sprintf("%d not done yet", missing), "open"
			}
		}
		if more := t.Drills - t.PlannedDone; more > 0 {
			drills.Note = fmt.Sprintf("And %d more than planned.", more)
		}
	}
	cards := []card{drills, objectiveCard("RTO", "recovery time", t.RTO), objectiveCard("RPO", "data that was lost, in time", t.RPO),
		countCard("Overdue", "drills", t.Overdue, "none is overdue", "their day is over"),
		countCard("Findings", "open", t.OpenFindings, "none is open", fmt.Sprintf("%d past due", t.LateFindings))}
	if r.NoFindings != nil {
		cards[4] = card{Name: "Findings", Long: "open", Value: "–", Mark: "cannot be read", Tone: "bad"}
	}
	if r.Chosen { // they tell nothing of what is overdue
		cards = slices.Delete(cards, 3, 4)
	}
	return cards
}

func objectiveCard(name, long string, t period.Tally) card {
	c := card{Name: name, Long: long, Value: fmt.Sprint(t.Met), Of: fmt.Sprintf("of %d met", t.Met+t.Missed+t.Failed), Mark: "every one that was judged", Tone: "good"}
	switch {
	case t.Met+t.Missed+t.Failed == 0:
		c.Value, c.Of, c.Mark, c.Tone = "–", "", "none was judged", "open"
	case t.Missed > 0:
		c.Mark, c.Tone = fmt.Sprintf("%d missed", t.Missed), "bad"
	}
	if t.Failed > 0 { // there, nothing is left to judge, and that is no good news
		c.Tone = "bad"
		if t.Missed > 0 {
			c.Mark += ", "
		} else {
			c.Mark = ""
		}
		c.Mark += fmt.Sprintf("%d did not recover", t.Failed)
	}
	if t.NotJudged > 0 {
		c.Note = noun(t.NotJudged, "run") + " not judged: not measured, estimated, or without a target."
	}
	return c
}

func countCard(name, long string, n int, none, some string) card {
	c := card{Name: name, Long: long, Value: fmt.Sprint(n), Mark: none, Tone: "good"}
	if n > 0 {
		c.Mark, c.Tone = some, "bad"
	}
	if strings.HasPrefix(c.Mark, "0 ") {
		c.Tone = "open"
	}
	return c
}

// nextDates are the days on which something is due, the first one first.
func nextDates(r *period.Report) []nextDate {
	var list []nextDate
	for i := range r.Plans {
		p := &r.Plans[i]
		if !p.NextTest.IsZero() && !p.NextTest.Before(r.Period.From.Time) {
			list = append(list, nextDate{Day: p.NextTest.String(), What: "Next test of the plan", ID: p.Path, Why: "the plan's testing.next_test"})
		}
		for j := range p.Scenarios {
			s := &p.Scenarios[j]
			if s.Overdue != nil {
				list = append(list, nextDate{Day: s.Next.String(), What: "Drill: " + s.Name, ID: s.ID, Why: s.NextReason, Late: *s.Overdue})
			}
		}
	}
	for _, f := range r.Findings {
		if f.State != report.FindingClosed && !f.Due.IsZero() {
			list = append(list, nextDate{Day: f.Due.String(), What: "Finding: " + f.Title, ID: f.ID, Why: setBy(f.Owner), Late: f.Overdue})
		}
	}
	slices.SortStableFunc(list, func(a, b nextDate) int { return strings.Compare(a.Day, b.Day) })
	return list
}

// Undated are the plan's drills of which nobody knows when they are due.
func (p *periodPage) Undated() (list []nextDate) {
	for i := range p.R.Plans {
		for j := range p.R.Plans[i].Scenarios {
			if s := &p.R.Plans[i].Scenarios[j]; s.InPlan && s.Overdue == nil {
				list = append(list, nextDate{What: s.Name, ID: s.ID, Why: s.NextReason})
			}
		}
	}
	return list
}

// Measure is a measure in a table, beside its target; ≈ marks an estimate.
func (p *periodPage) Measure(m period.Measure) string {
	text := seconds(m.Actual)
	if m.Estimated && m.Actual.Known {
		text = "≈ " + text
	}
	if m.Target.Known {
		text += " of " + seconds(m.Target)
	}
	return text
}

// Told is a measure with what became of it.
func (p *periodPage) Told(m period.Measure) string {
	switch {
	case m.Actual.Known:
		return p.Measure(m) + ", " + m.Word()
	case m.Target.Known:
		return m.Word() + ", target " + seconds(m.Target)
	}
	return m.Word()
}

// Verdict is how a measure looks beside its word.
func (p *periodPage) Verdict(m period.Measure) string { return tone(m.Met) }

// Tone is how a run's result looks.
func (p *periodPage) Tone(r report.Result) string {
	switch r {
	case report.Succeeded:
		return "good"
	case report.Failed, report.Unreadable:
		return "bad"
	}
	return "open"
}

// Kind is what the filter knows a run by.
func (p *periodPage) Kind(r *period.Run) string {
	var kinds []string
	if r.Result != report.Succeeded || missed(r.RTO) || missed(r.RPO) {
		kinds = append(kinds, "bad")
	}
	if r.Evidence.Signature.State != period.Verified {
		kinds = append(kinds, "unverified")
	}
	return strings.Join(kinds, " ")
}

// setBy says why a finding has its day.
func setBy(owner string) string {
	if owner == "" {
		return "set by hand, no owner"
	}
	return "set by hand, owner " + owner
}

func missed(m period.Measure) bool { return m.Met != nil && !*m.Met }

// covering is how far something is covered, for the eye.
func covering(c period.Covered) string {
	switch {
	case c.GoodNow > 0:
		return "good"
	case c.GoodEver > 0 || c.Ever == 0 && c.Unnamed:
		return "open"
	}
	return "bad"
}

// Grave reports whether a kind of attention is worse than a remark.
func (p *periodPage) Grave(kind string) string {
	switch kind {
	case period.KindMissing, period.KindUnreadable, period.KindBroken:
		return "bad"
	}
	return "partly"
}
