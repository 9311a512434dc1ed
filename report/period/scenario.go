package period

import (
	"fmt"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Scenario is a drill over time; with mode recovery it is the real thing.
type Scenario struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Mode      string `json:"mode"`
	Procedure string `json:"procedure"`
	InPlan    bool   `json:"in_plan"`

	Planned       *int    `json:"planned"` // how many drills were due in the period
	PlannedReason *string `json:"planned_reason"`
	Runs          int     `json:"runs"`      // that began in the period
	Done          int     `json:"done"`      // of them those that came to their end, well or badly
	Succeeded     int     `json:"succeeded"` // of those
	Ever          int     `json:"done_ever"`
	RTO           Tally   `json:"rto"`
	RPO           Tally   `json:"rpo"`

	LastRun    string         `json:"last_run"` // the newest that is done; empty: none is
	LastAt     report.Instant `json:"last_at"`
	Next       report.Day     `json:"next"`
	NextReason string         `json:"next_reason"` // where the date is from, or why there is none
	Overdue    *bool          `json:"overdue"`     // null: nothing says when it is due

	Trend       []Point  `json:"trend"`        // runs up to the period's end, oldest first
	TrendBefore int      `json:"trend_before"` // how many older ones are left out of it
	Slower      []Slower `json:"slower"`
	TooFew      int      `json:"steps_with_too_few_samples"`
}

// Tally counts what became of an objective in the period's runs that are done.
type Tally struct {
	Met       int `json:"met"`
	Missed    int `json:"missed"`
	Failed    int `json:"did_not_recover"` // the recovery failed, so that there is nothing to measure
	NotJudged int `json:"not_judged"`      // not measured, estimated, a bound, no target
}

// add counts a measure of a run that recovered, or did not.
func (t *Tally) add(m Measure, recovered bool) {
	switch {
	case m.Met == nil && !recovered:
		t.Failed++
	case m.Met == nil:
		t.NotJudged++
	case *m.Met:
		t.Met++
	default:
		t.Missed++
	}
}

func (t *Tally) sum(of Tally) {
	t.Met, t.Missed, t.Failed, t.NotJudged = t.Met+of.Met, t.Missed+of.Missed, t.Failed+of.Failed, t.NotJudged+of.NotJudged
}

// Point is one run in a trend.
type Point struct {
	Run      string         `json:"run_id"`
	At       report.Instant `json:"started_at"`
	Result   report.Result  `json:"result"`
	InPeriod bool           `json:"in_period"`
	RTO      Measure        `json:"rto"`
	RPO      Measure        `json:"rpo"`
}

// MostPoints bounds a trend: the period's runs and those before, the newest first to
// be kept. A picture of more shows nothing more.
const MostPoints = 60

// drillKey names a drill, or a recovery, among a plan's runs.
type drillKey struct{ mode, id string }

// scenariosOf lists a plan's drills in its order, then those that it no longer has,
// and recoveries.
func (b *builder) scenariosOf(g *group, p *Plan) []Scenario {
	runs := map[drillKey][]*Run{}
	var order []drillKey
	note := func(k drillKey) {
		if _, known := runs[k]; !known {
			runs[k] = nil
			order = append(order, k)
		}
	}
	planned := map[string]*PlannedDrill{}
	if p != nil {
		for i := range p.Drills {
			planned[p.Drills[i].ID] = &p.Drills[i]
			note(drillKey{string(engine.ModeDrill), p.Drills[i].ID})
		}
	}
	for _, r := range g.runs {
		k := drillKey{r.Mode, r.Scenario}
		note(k)
		runs[k] = append(runs[k], r)
	}
	list := make([]Scenario, 0, len(order))
	for _, k := range order {
		var d *PlannedDrill
		if k.mode == string(engine.ModeDrill) {
			d = planned[k.id]
		}
		s := b.scenario(k, runs[k], d)
		b.due(&s, runs[k], g, p, d)
		list = append(list, s)
	}
	return list
}

func (b *builder) scenario(k drillKey, runs []*Run, d *PlannedDrill) Scenario {
	s := Scenario{ID: k.id, Name: k.id, Mode: k.mode, InPlan: d != nil, Trend: []Point{}, Slower: []Slower{}}
	if d != nil {
		s.Name, s.Procedure = d.Name, d.Procedure
	}
	before, now := split(runs, b.Span)
	for _, r := range runs {
		if r.title != "" {
			s.Name = r.title
		}
		s.Procedure = r.Procedure
		if r.Done() {
			s.Ever++
			s.LastRun, s.LastAt = r.ID, r.StartedAt
		}
	}
	for _, r := range now {
		s.Runs++
		if r.Done() {
			s.Done++
			s.RTO.add(r.RTO, r.recovered())
			s.RPO.add(r.RPO, r.recovered())
		}
		if r.Result == report.Succeeded {
			s.Succeeded++
		}
	}
	s.trend(runs, b.Span)
	found, few := slower(before, now)
	for _, f := range found {
		f.Scenario, f.Mode = k.id, k.mode
		s.Slower = append(s.Slower, f)
	}
	s.TooFew = few
	return s
}

func (s *Scenario) trend(runs []*Run, span Span) {
	s.TrendBefore = max(len(runs)-MostPoints, 0)
	for _, r := range runs[s.TrendBefore:] {
		s.Trend = append(s.Trend, Point{r.ID, r.StartedAt, r.Result, span.Holds(r.StartedAt.Time), r.RTO, r.RPO})
	}
}

// due says how many drills were planned, and when the next one is.
func (b *builder) due(s *Scenario, runs []*Run, g *group, p *Plan, d *PlannedDrill) {
	why := ""
	switch {
	case s.Mode != string(engine.ModeDrill):
		why = "nobody plans a recovery"
	case b.Chosen:
		why = "these runs were chosen"
	case p == nil:
		why = "the plan could not be read"
	case d == nil:
		why = "the plan no longer has this drill"
	case d.CannotRun != "":
		why = d.CannotRun
	case p.Frequency == 0 && p.NextTest.IsZero():
		why = "the plan has neither testing.frequency nor testing.next_test"
	}
	if why != "" {
		s.PlannedReason, s.NextReason = &why, why
		return
	}
	b.next(s, runs, g, p)
	n := 0
	if p.Frequency > 0 {
		n = int(b.Span.Until.Sub(b.Span.From.Time).Seconds()/p.Frequency.Seconds() + 0.1) // quarterly is 91 days, a first quarter 90
	}
	if n == 0 && b.dueBefore(runs, g, p) {
		n = 1
	}
	s.Planned = &n
}

// next is when a drill is due, and whether that day is over.
func (b *builder) next(s *Scenario, runs []*Run, g *group, p *Plan) {
	at, why := dueAfter(lastDone(runs, b.Span.Until.Time), g, p)
	s.NextReason = why
	if at.IsZero() {
		return
	}
	s.Next = report.DayOf(at)
	late := !b.asOf.Before(s.Next.End())
	s.Overdue = &late
}

// dueBefore reports whether, as things stood when the span began, a drill was due
// before its end.
func (b *builder) dueBefore(runs []*Run, g *group, p *Plan) bool {
	at, _ := dueAfter(lastDone(runs, b.Span.From.Time), g, p)
	return !at.IsZero() && at.Before(b.Span.Until.Time)
}

func lastDone(runs []*Run, before time.Time) (last *Run) {
	for _, r := range runs {
		if r.Done() && r.StartedAt.Before(before) {
			last = r
		}
	}
	return last
}

// dueAfter is when the drill after the last one is due.
func dueAfter(last *Run, g *group, p *Plan) (at time.Time, why string) {
	switch {
	case last != nil && p.Frequency > 0:
		return last.StartedAt.Add(p.Frequency), days(p.Frequency) + " after the last drill, of " + last.StartedAt.Format(time.DateOnly)
	case last != nil && p.NextTest.After(last.StartedAt.Time):
		return p.NextTest, "the plan's testing.next_test"
	case last != nil:
		return time.Time{}, "the plan has no testing.frequency, and its testing.next_test is not after the last drill"
	case !p.NextTest.IsZero():
		return p.NextTest, "never drilled; the plan's testing.next_test"
	case len(g.runs) > 0:
		first := g.runs[0].StartedAt
		return first.Add(p.Frequency), "never drilled; " + days(p.Frequency) + " after the plan's first run here, of " + first.Format(time.DateOnly)
	}
	return time.Time{}, "never drilled, and the plan has no testing.next_test to count from"
}

// days is a length of time in days where it is some.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == day:
		return "1 day"
	case d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	}
	return report.Duration(d)
}
