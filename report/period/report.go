package period

import (
	"fmt"
	"slices"
	"time"

	"github.com/drplan/drplan/report"
)

// SchemaVersion is the version of the report's JSON. Keys are added under the same
// version; one that changes or goes makes a new one.
const SchemaVersion = 1

// Report is what the runs of a span tell. Its JSON is the output of `drplan report
// --quarter -o json`. What could not be measured or judged is null there, with a
// reason beside it. Times are RFC 3339 in UTC, lengths are seconds, days are dates.
type Report struct {
	SchemaVersion int              `json:"schema_version"`
	Period        Span             `json:"period"`
	MadeAt        report.Instant   `json:"made_at"`
	AsOf          report.Instant   `json:"as_of"`    // what is overdue is so at this time: when it was made, or the period's end
	Complete      bool             `json:"complete"` // the period is over
	Chosen        bool             `json:"chosen"`   // it is of runs that people chose, and no time's
	Source        string           `json:"source"`   // where the runs lie
	Totals        Totals           `json:"totals"`
	Plans         []PlanReport     `json:"plans"`
	OtherPlans    []string         `json:"other_plans"`     // that have runs and are not reported, for another one was asked for
	Attention     []Attention      `json:"attention"`       // runs that prove less than they seem, or nothing
	Findings      []report.Finding `json:"findings"`        // that were open in the period, or are
	NoFindings    *string          `json:"findings_reason"` // why they are not all here; null: they are
	SlowerRule    string           `json:"slower_rule"`
	Standards     []Standard       `json:"standards"`
}

// PlanReport is what the runs of one plan tell.
type PlanReport struct {
	Path       string         `json:"path"`
	Version    string         `json:"version"`
	SHA256     string         `json:"sha256"`
	From       string         `json:"from"`   // where the plan was read from: the run that has it, or the file that was given
	Reason     *string        `json:"reason"` // why nothing is known of what was planned, such as that it could not be read
	Editions   int            `json:"editions_in_period"`
	Frequency  report.Seconds `json:"frequency_seconds"`
	NextTest   report.Day     `json:"next_test"`
	Scenarios  []Scenario     `json:"scenarios"`
	Procedures []Covered      `json:"procedures"`
	Tiers      []Covered      `json:"tiers"`
	Repeated   []Repeated     `json:"repeated_failures"`
	Runs       []*Run         `json:"runs"` // that began in the period, oldest first
}

// Totals are the report's figures. Planned is null where no plan says anything.
type Totals struct {
	Runs         int   `json:"runs"`
	Drills       int   `json:"drills_done"`
	Recoveries   int   `json:"recoveries_done"`
	Planned      *int  `json:"drills_planned"`
	PlannedDone  int   `json:"planned_drills_done"` // of the planned ones
	Failed       int   `json:"failed"`
	Refused      int   `json:"refused"` // before anything, or before the procedure: those have failed, too
	Cancelled    int   `json:"cancelled"`
	NotEnded     int   `json:"not_ended"` // interrupted, in doubt, going on
	RTO          Tally `json:"rto"`
	RPO          Tally `json:"rpo"`
	Overdue      int   `json:"overdue_drills"`
	NeverDrilled int   `json:"scenarios_never_drilled"`
	Slower       int   `json:"slower_steps"`
	Repeated     int   `json:"repeated_failures"`
	OpenFindings int   `json:"open_findings"`
	LateFindings int   `json:"findings_past_due"`
	Lost         int   `json:"runs_missing_or_unreadable"`
}

// Options say what is to be reported.
type Options struct {
	Span   Span
	Chosen bool // the runs are all that is to be reported, and no plan is asked for
	Now    time.Time
	Source string
	// Plan is the one that was asked for; nil: each that runs followed.
	Plan *Plan
	// Stored reads the plan that a run followed last, by its digest.
	Stored func(run, sha256 string) (*Plan, error)
	// Attention is what is known of runs beside the runs: those that are gone.
	Attention []Attention
	Findings  []report.Finding
	// NoFindings is why the findings could not be read, or not all; empty: they were.
	NoFindings string
}

type builder struct {
	Options
	asOf time.Time
	out  *Report
}

// Report makes the report of a span.
func (r *Runs) Report(o Options) *Report {
	b := &builder{Options: o, asOf: o.Now}
	over := !o.Now.Before(o.Span.Until.Time)
	if over && !o.Chosen {
		b.asOf = o.Span.Until.Add(-time.Second)
	}
	b.out = &Report{SchemaVersion: SchemaVersion, Period: o.Span, MadeAt: instant(o.Now), AsOf: instant(b.asOf), Complete: over, Chosen: o.Chosen, Source: o.Source,
		Plans: []PlanReport{}, OtherPlans: []string{}, Findings: []report.Finding{}, SlowerRule: SlowerRule}
	var runs []*Run
	for _, run := range r.all {
		if run.StartedAt.Before(o.Span.Until.Time) {
			runs = append(runs, run)
		}
	}
	for _, g := range b.chosen(grouped(runs)) {
		b.out.Plans = append(b.out.Plans, b.plan(g))
	}
	b.attention(r.unreadable)
	b.findings()
	if o.NoFindings != "" {
		b.out.NoFindings = &o.NoFindings
	}
	b.totals()
	b.out.Standards = b.out.standards()
	return b.out
}

// chosen leaves out the runs of other plans than the one that was asked for.
func (b *builder) chosen(all []*group) []*group {
	if b.Plan == nil {
		return all
	}
	mine := &group{}
	for _, g := range all {
		if g.follows(b.Plan) {
			mine.runs = append(mine.runs, g.runs...)
			continue
		}
		b.out.OtherPlans = append(b.out.OtherPlans, g.last().folder)
	}
	slices.SortStableFunc(mine.runs, func(x, y *Run) int { return x.StartedAt.Compare(y.StartedAt.Time) })
	return []*group{mine}
}

func (b *builder) plan(g *group) PlanReport {
	p, out := b.Plan, PlanReport{}
	switch {
	case p != nil:
		out.From = p.Path
	default:
		p = b.stored(g, &out)
	}
	if p != nil {
		out.Path, out.Version, out.SHA256 = p.Path, p.Version, p.SHA256
		out.Frequency, out.NextTest = optional(p.Frequency), dayOf(p.NextTest)
	}
	before, now := split(g.runs, b.Span)
	out.Runs, out.Editions = now, editions(now)
	if out.Runs == nil {
		out.Runs = []*Run{}
	}
	out.Scenarios = b.scenariosOf(g, p)
	out.Procedures, out.Tiers = coverage(g, p, b.Span)
	out.Repeated = repeated(before, now)
	return out
}

// stored reads the plan that the newest run has.
func (b *builder) stored(g *group, out *PlanReport) *Plan {
	last := g.last()
	out.Path, out.Version, out.SHA256, out.From = last.folder, last.Plan.Version, last.Plan.SHA256, "run "+last.ID
	switch {
	case b.Chosen:
		out.Reason = new(notOfChosen)
		return nil
	case b.Stored == nil:
		out.Reason = new("the plan could not be read: it was not at hand")
		return nil
	}
	p, err := b.Stored(last.ID, last.Plan.SHA256)
	if err != nil {
		out.Reason = new("the plan could not be read: " + err.Error())
		return nil
	}
	p.Path = last.folder
	return p
}

func (b *builder) totals() {
	t := &b.out.Totals
	for i := range b.out.Plans {
		t.plan(&b.out.Plans[i])
	}
	for _, a := range b.out.Attention {
		if a.Kind == KindMissing || a.Kind == KindUnreadable || a.Kind == KindBroken {
			t.Lost++
		}
	}
	for _, f := range b.out.Findings {
		if f.State != report.FindingClosed {
			t.OpenFindings++
		}
		if f.Overdue {
			t.LateFindings++
		}
	}
}

func (t *Totals) plan(p *PlanReport) {
	t.Runs += len(p.Runs)
	t.Repeated += len(p.Repeated)
	for _, r := range p.Runs {
		switch {
		case !r.Done():
		case r.Drill():
			t.Drills++
		default:
			t.Recoveries++
		}
		t.result(r)
	}
	for _, s := range p.Scenarios {
		t.RTO.sum(s.RTO)
		t.RPO.sum(s.RPO)
		t.Slower += len(s.Slower)
		if s.Overdue != nil && *s.Overdue {
			t.Overdue++
		}
		if s.InPlan && s.Ever == 0 {
			t.NeverDrilled++
		}
		if s.Planned != nil {
			sum := *s.Planned
			if t.Planned != nil {
				sum += *t.Planned
			}
			t.Planned = &sum
			t.PlannedDone += min(s.Done, *s.Planned)
		}
	}
}

// result counts what became of a run.
func (t *Totals) result(r *Run) {
	switch r.Result {
	case report.Failed, report.Unreadable:
		t.Failed++
	case report.Cancelled:
		t.Cancelled++
	case report.Interrupted, report.InDoubt, report.Running:
		t.NotEnded++
	}
	if r.Result == report.Refused || r.Refused {
		t.Refused++
	}
}

// Faults says what keeps the period from being a good one; with requireMeasured an
// objective that was not judged is one, too. Empty: nothing.
func (r *Report) Faults(requireMeasured bool) []string {
	t, list := r.Totals, []string{}
	add := func(n int, one, many string) {
		if n > 0 {
			list = append(list, count(n, one, many))
		}
	}
	add(t.Failed, "run failed", "runs failed")
	add(t.RTO.Missed, "RTO missed", "RTOs missed")
	add(t.RPO.Missed, "RPO missed", "RPOs missed")
	add(t.Overdue, "drill overdue", "drills overdue")
	add(t.Lost, "run missing, unreadable or broken", "runs missing, unreadable or broken")
	add(t.LateFindings, "finding past due", "findings past due")
	if r.NoFindings != nil {
		list = append(list, "findings that cannot be read")
	}
	if requireMeasured {
		add(t.RTO.NotJudged, "RTO not judged", "RTOs not judged")
		add(t.RPO.NotJudged, "RPO not judged", "RPOs not judged")
	}
	return list
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func optional(d time.Duration) report.Seconds { return report.Seconds{Duration: d, Known: d != 0} }

func dayOf(t time.Time) report.Day {
	if t.IsZero() {
		return report.Day{}
	}
	return report.DayOf(t)
}
