package html

import (
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// gantt is a run over time. Places are in per cent of the width that there is, so
// that the picture fits a phone, and its text is the page's.
type gantt struct {
	Ticks  []tick
	Lines  []ganttLine
	Down   []block // drplan was not running
	Phases []ganttPhase
	Note   string // what the picture does not show
}

type tick struct {
	At, Label string
	Anchor    string // which end of the label is at the tick: start, or end near the right edge
}

// ganttLine is a moment that matters: when the outage began, when the service was
// back, when it should have been. The letter names it in the legend.
type ganttLine struct{ At, Letter, Class, Text string }

type ganttPhase struct {
	Name, Text string
	Rows       []ganttRow
}

type ganttRow struct {
	Name, Text string // what it is and when it was, in words
	Tip        string
	Instance   bool
	Critical   bool
	Bad        bool
	Blocks     []block
}

// block is a stretch of time in a row.
type block struct{ At, Width, Class, Title string }

// maxInstances bounds the rows of one step; the chronology has them all.
const maxInstances = 24

// scale maps the run's clock to the picture.
type scale struct{ from, to time.Duration }

func (sc scale) at(t time.Duration) string { return percent(t-sc.from, sc.to-sc.from) }

// block is never too thin to be seen.
func (sc scale) block(from, to time.Duration, class, title string) block {
	const thinnest = 0.3 // per cent
	at := 100 * float64(from-sc.from) / float64(sc.to-sc.from)
	width := max(100*float64(to-from)/float64(sc.to-sc.from), thinnest)
	at = min(at, 100-width)
	return block{fmt.Sprintf("%.3f%%", at), fmt.Sprintf("%.3f%%", width), class, title}
}

// newGantt draws a run; nil of one that has no steps, or took no time.
func newGantt(s *report.Summary) *gantt {
	if len(s.Steps) == 0 || s.Length() <= 0 {
		return nil
	}
	g := &gantt{}
	sc := g.frame(s)
	for _, gap := range s.Down {
		g.Down = append(g.Down, sc.block(gap.From, gap.To, "down", "drplan was not running: "+report.Duration(gap.To-gap.From)))
	}
	for _, ph := range phasesOf(s) {
		gp := ganttPhase{Name: ph.Name, Text: ph.when(s)}
		for _, step := range ph.Steps {
			gp.Rows = append(gp.Rows, sc.row(s, step))
			for i, in := range step.Instances {
				if i == maxInstances {
					gp.Rows = append(gp.Rows, ganttRow{Name: fmt.Sprintf("… and %d more", len(step.Instances)-i), Instance: true})
					break
				}
				gp.Rows = append(gp.Rows, sc.row(s, in))
			}
		}
		g.Phases = append(g.Phases, gp)
	}
	return g
}

// frame decides what stretch of time is shown, and draws the moments that matter.
func (g *gantt) frame(s *report.Summary) scale {
	sc := scale{0, s.Length()}
	from, bound, known := s.RTO.Outage()
	deadline := from + s.RTO.Target.Duration
	hasTarget := known && s.RTO.Target.Known
	if known {
		sc.from = min(sc.from, from)
	}
	if near := sc.to + (sc.to-sc.from)/2; hasTarget && deadline <= near {
		sc.to = max(sc.to, deadline)
	} else if hasTarget {
		g.Note = fmt.Sprintf("The RTO target, %s after the outage began, lies to the right of the picture.", report.Duration(s.RTO.Target.Duration))
		hasTarget = false
	}
	if known {
		text := "the outage began: the clock of the RTO starts"
		if bound {
			text = "the run began; the outage began earlier, nobody said when"
		}
		g.line(sc, from, "A", "outage", text+", "+s.Clock(s.RTO.StartedAt)+" UTC")
	}
	if to, measured := s.RTO.Recovered(); measured {
		g.line(sc, to, "B", "back", fmt.Sprintf("the last verification has succeeded: the clock stops after %s, %s UTC", report.Duration(to-from), s.Clock(s.RTO.FinishedAt)))
	}
	if hasTarget {
		g.line(sc, deadline, "T", "target", fmt.Sprintf("the RTO target, %s after A", report.Duration(s.RTO.Target.Duration)))
	}
	g.ticks(sc)
	return sc
}

func (g *gantt) line(sc scale, at time.Duration, letter, class, text string) {
	g.Lines = append(g.Lines, ganttLine{sc.at(at), letter, class, text})
}

// mostTicks fit a phone.
const mostTicks = 5

var tickSteps = []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

func (g *gantt) ticks(sc scale) {
	step := tickSteps[0]
	for _, step = range tickSteps {
		if (sc.to-sc.from)/step < mostTicks {
			break
		}
	}
	for (sc.to-sc.from)/step >= 2*mostTicks { // a run of weeks
		step *= 2
	}
	for at := sc.from / step * step; at <= sc.to; at += step {
		if at < sc.from {
			continue
		}
		label := "0"
		if at != 0 {
			label = strings.TrimSuffix(report.Duration(at), ".0s")
			if label != report.Duration(at) {
				label += "s"
			}
		}
		anchor := "start"
		if at-sc.from > (sc.to-sc.from)*9/10 {
			anchor = "end"
		}
		g.Ticks = append(g.Ticks, tick{sc.at(at), label, anchor})
	}
}

func (sc scale) row(s *report.Summary, step report.Step) ganttRow {
	r := ganttRow{Name: report.Plain(step.Name), Instance: step.Key != "", Critical: step.OnCriticalPath && step.Key == "",
		Bad: step.Status == string(engine.Failed) || step.Status == string(engine.TimedOut) || step.Status == string(engine.StatusInDoubt)}
	if r.Instance {
		r.Name = report.Plain(step.Key)
	}
	r.Text = report.StatusWord(step.Status)
	if step.Duration.Known {
		r.Text = report.Duration(step.Duration.Duration)
		if step.Status != string(engine.Succeeded) {
			r.Text += ", " + report.StatusWord(step.Status)
		}
	}
	if step.Degraded {
		r.Text += ", in part"
	}
	r.Tip = tip(s, step)
	if span, begun := step.Interval(); begun && len(step.Spans) == 0 { // a step of instances
		r.Blocks = append(r.Blocks, sc.block(span.Start, span.End, "whole", r.Tip))
	}
	for _, span := range step.Spans {
		r.Blocks = append(r.Blocks, sc.block(span.From, span.To, spanClass(span), spanText(s, span)))
	}
	return r
}

func spanClass(span report.Span) string {
	class := string(span.Kind)
	if span.Kind == report.SpanAttempt && span.Outcome != "" && span.Outcome != string(engine.Succeeded) {
		class += " bad"
	}
	return class
}

// tip says of a step what its row in the picture shows.
func tip(s *report.Summary, step report.Step) string {
	text := step.Label() + ": " + report.StatusWord(step.Status)
	if step.Duration.Known {
		text += fmt.Sprintf(", %s to %s UTC, %s", s.Clock(step.StartedAt), s.Clock(step.FinishedAt), report.Duration(step.Duration.Duration))
	}
	if step.Degraded {
		text += ", in part"
	}
	if step.Attempts > 1 && step.Key == "" && len(step.Instances) == 0 {
		text += ", " + noun(step.Attempts, "attempt")
	}
	if step.Slack.Known {
		text += ", slack " + report.Duration(step.Slack.Duration)
	}
	if step.OnCriticalPath && step.Key == "" {
		text += ", on the critical path"
	}
	return report.Plain(text)
}

// spanText says what a step did in a span.
func spanText(s *report.Summary, span report.Span) string {
	what := map[report.SpanKind]string{report.SpanAttempt: "attempt", report.SpanBackoff: "pause before attempt", report.SpanWait: "wait"}[span.Kind]
	if span.Attempt > 0 {
		what = fmt.Sprintf("%s %d", what, span.Attempt)
	}
	until := "goes on"
	if !span.FinishedAt.IsZero() {
		until = s.Clock(span.FinishedAt)
	}
	text := fmt.Sprintf("%s: %s to %s, %s", what, s.Clock(span.StartedAt), until, report.Duration(span.To-span.From))
	if span.Outcome != "" && span.Kind != report.SpanBackoff {
		text += ", " + report.StatusWord(span.Outcome)
	}
	if span.By != "" {
		text += " by " + span.By
	}
	if span.Error != "" {
		text += ": " + span.Error
	}
	return report.Plain(text)
}
