package period

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/report"
)

// What every format says in the same words.

// Headline is the report in one line.
func (r *Report) Headline() string {
	faults := r.Faults(false)
	switch {
	case len(faults) > 0:
		return strings.Join(faults, ", ")
	case r.Totals.Runs == 0:
		return "no run in this period"
	}
	if r.Totals.Drills+r.Totals.Recoveries == 0 {
		return "no run of this period came to its end"
	}
	if r.Totals.RTO.Met+r.Totals.RPO.Met == 0 {
		return "nothing failed, and no objective was judged"
	}
	if r.Chosen {
		return "every objective that was judged is met"
	}
	return "every objective that was judged is met, no drill is overdue"
}

// Good reports whether nothing is at fault, and an objective was met.
func (r *Report) Good() bool {
	return len(r.Faults(false)) == 0 && r.Totals.RTO.Met+r.Totals.RPO.Met > 0
}

// State says whether the period is over.
func (r *Report) State() string {
	if r.Chosen {
		return "It is about these runs alone; each has a report of its own."
	}
	if r.Complete {
		return "The period is over."
	}
	if r.MadeAt.Before(r.Period.From.Time) {
		return "The period has not begun: it begins on " + r.Period.From.Format(time.DateOnly) + "."
	}
	return "The period is not over: it stands as of " + r.AsOf.Format("2006-01-02 15:04 UTC") + "."
}

// RunsText is what became of the runs.
func (t Totals) RunsText() string {
	text := fmt.Sprintf("%d, of them %s and %s done; %d failed", t.Runs, count(t.Drills, "drill", "drills"), count(t.Recoveries, "recovery", "recoveries"), t.Failed)
	for _, c := range []struct {
		n    int
		word string
	}{{t.Refused, "refused"}, {t.Cancelled, "cancelled"}, {t.NotEnded, "not ended"}} {
		if c.n > 0 {
			text += fmt.Sprintf(", %d %s", c.n, c.word)
		}
	}
	return text
}

// PlannedText is how many of the planned drills were done.
func (t Totals) PlannedText() string {
	if t.Planned == nil {
		return fmt.Sprintf("%d done; no plan says how many", t.Drills)
	}
	if *t.Planned == 0 {
		return fmt.Sprintf("%d done; none was planned for this time", t.Drills)
	}
	text := fmt.Sprintf("%d of %s", t.PlannedDone, count(*t.Planned, "planned drill", "planned drills"))
	if more := t.Drills - t.PlannedDone; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// String is a tally in words.
func (t Tally) String() string {
	var list []string
	for _, c := range []struct {
		n    int
		word string
	}{{t.Met, "met"}, {t.Missed, "missed"}, {t.Failed, "did not recover"}, {t.NotJudged, "not judged"}} {
		if c.n > 0 {
			list = append(list, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	if len(list) == 0 {
		return "–"
	}
	return strings.Join(list, ", ")
}

// PlannedText is how many drills were due, or why nobody knows.
func (s *Scenario) PlannedText() string {
	if s.Planned == nil {
		return "–"
	}
	return fmt.Sprint(*s.Planned)
}

// NextText is when the drill is due next.
func (s *Scenario) NextText() string {
	switch {
	case s.Overdue == nil:
		return "–"
	case *s.Overdue:
		return s.Next.String() + ", overdue"
	}
	return s.Next.String()
}

// LastText is the day of the newest drill that was done.
func (s *Scenario) LastText() string {
	if s.LastAt.IsZero() {
		return "never"
	}
	return s.LastAt.Format(time.DateOnly)
}

// Why is what a reader needs to know of the scenario's numbers.
func (s *Scenario) Why() string {
	if s.PlannedReason != nil {
		return *s.PlannedReason
	}
	return s.NextReason
}

// Value is a measure beside its target.
func (m Measure) Value() string {
	text := "–"
	if m.Actual.Known {
		text = report.Duration(m.Actual.Duration)
		if m.Estimated {
			text = "about " + text
		}
	}
	if m.Target.Known {
		text += " of " + report.Duration(m.Target.Duration)
	}
	return text
}

// Word is what became of a measure.
func (m Measure) Word() string {
	switch {
	case !m.Actual.Known:
		return "not measured"
	case m.Met == nil && !m.Target.Known:
		return "no target"
	case m.Met == nil:
		return "not judged"
	case *m.Met:
		return "met"
	}
	return "missed"
}

// Length is a length of time, – where it is not known.
func Length(s report.Seconds) string {
	if !s.Known {
		return "–"
	}
	return report.Duration(s.Duration)
}

// Growth is how much slower a step is.
func (s Slower) Growth() string {
	return fmt.Sprintf("%s → %s, %.0f %% more (%d runs before, %d in the period)", Length(s.Before), Length(s.Now), s.By(), s.RunsThen, s.RunsNow)
}

// Text says how often it failed.
func (m Repeated) Text() string {
	how := map[string]string{"in_doubt": "ended in doubt", "refused": "was refused by a check"}[m.How]
	if how == "" {
		how = "failed"
	}
	return fmt.Sprintf(how+" in %d of %s of the period, %d ever; last %s in %s", m.InPeriod, count(m.Of, "run", "runs"), m.Ever, m.LastAt.Format(time.DateOnly), m.LastRun)
}

// Uncovered lists what is not drilled in the period with success, by what Word says.
func Uncovered(list []Covered) (words []string, names map[string][]string) {
	names = map[string][]string{}
	for _, c := range list {
		if c.GoodNow > 0 {
			continue
		}
		w := c.Word()
		if names[w] == nil {
			words = append(words, w)
		}
		names[w] = append(names[w], c.Name)
	}
	return words, names
}

// Interval says how often drills are due.
func (p *PlanReport) Interval() string {
	if p.Reason != nil {
		return "What was planned is not known: " + *p.Reason
	}
	var list []string
	if p.Frequency.Known {
		list = append(list, "a drill of each scenario every "+days(p.Frequency.Duration))
	}
	if !p.NextTest.IsZero() {
		list = append(list, "the plan names "+p.NextTest.String()+" for the next test")
	}
	if len(list) == 0 {
		return "the plan does not say how often drills are due"
	}
	return strings.Join(list, "; ")
}

// Short is the first digits of a sum.
func Short(sum string) string { return sum[:min(len(sum), 12)] }

// Word is a signature's state in words.
func (s Signature) Word() string {
	text := map[string]string{Unsigned: "not signed", Signed: "signed, not checked", Verified: "verified", Broken: "broken"}[s.State]
	if s.By != "" {
		text += ", by " + s.By
	}
	return text
}

// SignOff lists who signs.
var SignOff = []string{"Prepared by", "Reviewed by", "Approved by"}

// Figures are the totals, each a name and a value.
func (r *Report) Figures() [][2]string {
	t := r.Totals
	all := [][2]string{
		{"Drills", t.PlannedText()},
		{"Runs", t.RunsText()},
		{"RTO", t.RTO.String()},
		{"RPO", t.RPO.String()},
		{overdueFigure, fmt.Sprint(t.Overdue)},
		{neverFigure, fmt.Sprint(t.NeverDrilled)},
		{"Steps that got slower", fmt.Sprint(t.Slower)},
		{"Repeated failures", fmt.Sprint(t.Repeated)},
		{"Open findings", r.openFindings()},
		{"Runs missing, unreadable or broken", fmt.Sprint(t.Lost)},
	}
	return slices.DeleteFunc(all, func(f [2]string) bool {
		return r.Chosen && (f[0] == "Drills" || f[0] == overdueFigure || f[0] == neverFigure)
	})
}

// Those that chosen runs tell nothing of.
const (
	overdueFigure = "Overdue drills"
	neverFigure   = "Scenarios never drilled"
)

// Reasons says why a point is not judged, or not measured.
func (p Point) Reasons() string {
	var list []string
	if p.RTO.Reason != nil {
		list = append(list, "RTO: "+*p.RTO.Reason)
	}
	if p.RPO.Reason != nil {
		list = append(list, "RPO: "+*p.RPO.Reason)
	}
	return strings.Join(list, "; ")
}

// LastDay is when it was last run to an end.
func (c Covered) LastDay() string {
	if c.LastAt.IsZero() {
		return "–"
	}
	return c.LastAt.Format(time.DateOnly)
}

// Began is when the run began, as far as anybody knows.
func (a Attention) Began() string {
	switch {
	case !a.At.IsZero():
		return a.At.Format("2006-01-02 15:04")
	case a.Run != "":
		return "unknown"
	}
	return "–"
}

// Slower are the steps of all scenarios that got slower.
func (p *PlanReport) Slower() []Slower {
	var list []Slower
	for i := range p.Scenarios {
		list = append(list, p.Scenarios[i].Slower...)
	}
	return list
}

// TooFew counts the steps that ran in the period and cannot be judged.
func (p *PlanReport) TooFew() (n int) {
	for i := range p.Scenarios {
		n += p.Scenarios[i].TooFew
	}
	return n
}

func (r *Report) openFindings() string {
	if r.NoFindings != nil {
		return "not known: they cannot be read"
	}
	return fmt.Sprintf("%d, of them %d past due", r.Totals.OpenFindings, r.Totals.LateFindings)
}

// upperFirst begins a sentence.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// EditionsText says how many versions of the plan's file the period's runs followed.
func (p *PlanReport) EditionsText() string {
	switch p.Editions {
	case 0:
		return "no run followed it"
	case 1:
		return "all its runs followed one version of its file"
	}
	return fmt.Sprintf("its runs followed %d versions of its file", p.Editions)
}
