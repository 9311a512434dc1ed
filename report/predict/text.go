package predict

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/drplan/drplan/report"
)

// Text writes a prediction for people.
func (p *Prediction) Text(w io.Writer) error {
	var b strings.Builder
	name := p.Title
	if name == "" {
		name = p.Scenario
	}
	fmt.Fprintf(&b, "%s: what a run may take\n  %s\n\n", name, p.basis())
	p.RTO.text(&b)
	if len(p.Histogram) > 0 {
		b.WriteByte('\n')
		p.bars(&b)
	}
	b.WriteByte('\n')
	p.stepLines(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// basis says what the prediction rests on.
func (p *Prediction) basis() string {
	text := fmt.Sprintf("%d samples, seed %d, drawn from %d earlier runs", p.Samples, p.Seed, p.Runs.Used)
	switch p.Runs.Used {
	case 0:
		text = fmt.Sprintf("%d samples, seed %d; there are no earlier runs to draw from", p.Samples, p.Seed)
	case 1:
		text = fmt.Sprintf("%d samples, seed %d, drawn from one earlier run", p.Samples, p.Seed)
	}
	if lost := p.Runs.Used - p.Runs.Recovered; lost > 0 {
		text += fmt.Sprintf("\n  %d of them did not recover, or nobody measured it; this is about a run that does", lost)
	}
	if n := len(p.Runs.Passed); n > 0 {
		text += fmt.Sprintf("\n  %d more could not be used: %s", n, p.Runs.Passed[0])
	}
	return text
}

func (r RTO) text(b *strings.Builder) {
	least := ""
	if r.Bound {
		least = "at least "
	}
	if r.P50.Known || r.P90.Known {
		fmt.Fprintf(b, "RTO  P50 %s", least+length(r.P50))
		if r.P90.Known || r.Unended >= 0.1 {
			fmt.Fprintf(b, "   P90 %s", least+length(r.P90))
		}
		if r.P99.Known || r.Unended >= 0.01 {
			fmt.Fprintf(b, "   P99 %s", least+length(r.P99))
		}
		b.WriteByte('\n')
	}
	if r.Chance != nil {
		fmt.Fprintf(b, "     %s the target of %s\n", r.meet(), length(r.Target))
	} else if !r.Target.Known {
		b.WriteString("     the plan names no target\n")
	}
	if r.Reason != nil {
		for _, line := range strings.Split(*r.Reason, "; ") {
			fmt.Fprintf(b, "     %s\n", line)
		}
	}
}

func length(s report.Seconds) string {
	if !s.Known {
		return "never"
	}
	return report.Duration(s.Duration)
}

// meet says what the chance is: of samples, of which all may meet a target that a run
// can miss.
func (r RTO) meet() string {
	switch {
	case r.Bound:
		return "at most " + percent(*r.Chance) + " of the samples meet"
	case *r.Chance == 1:
		return "all samples meet"
	}
	return percent(*r.Chance) + " of the samples meet"
}

// barWidth is the length of the longest bar.
const barWidth = 40

// bars draws the histogram, with the target where it lies.
func (p *Prediction) bars(b *strings.Builder) {
	most := 0.0
	for _, bar := range p.Histogram {
		most = max(most, bar.Share)
	}
	target, drawn := p.RTO.Target, !p.RTO.Target.Known
	mark := func(side string) {
		fmt.Fprintf(b, "  %9s ┄┄ target%s\n", report.Duration(target.Duration), side)
		drawn = true
	}
	for i, bar := range p.Histogram {
		if !drawn && target.Duration <= bar.From.Duration {
			side := ""
			if i == 0 {
				side = ", less than any sample"
			}
			mark(side)
		}
		from := report.Duration(bar.From.Duration)
		if !bar.To.Known {
			from = "≥ " + from
		}
		fmt.Fprintf(b, "  %9s %-*s %s\n", from, barWidth, strings.Repeat("█", int(bar.Share/most*barWidth+0.5)), percent(bar.Share))
	}
	if !drawn {
		side := ""
		if last := p.Histogram[len(p.Histogram)-1]; last.To.Known && target.Duration > last.To.Duration {
			side = ", more than any sample"
		}
		mark(side)
	}
}

// stepLines lists the steps, those with most of the risk first.
func (p *Prediction) stepLines(b *strings.Builder) {
	fmt.Fprintf(b, "%-28s %9s %9s %9s %9s  %s\n", "Steps of the recovery", "P50", "P90", "critical", "variance", "from")
	for _, s := range p.Steps {
		p50, p90 := "–", "–"
		if s.P50.Known {
			p50, p90 = length(s.P50), length(s.P90)
		}
		variance := "–"
		if s.Variance != nil {
			variance = percentShort(*s.Variance)
		}
		fmt.Fprintf(b, "  %-26s %9s %9s %9s %9s  %s\n", s.ID, p50, p90, percentShort(s.OnPath), variance, s.whence())
	}
	b.WriteString("\ncritical: the share of the samples in which the step is on the critical path\n" +
		"variance: its share of the variance of the RTO, of the 95 % shortest; all together are 100 %\n")
}

// percentShort writes a share in whole percent, and a tiny one below zero as none.
func percentShort(share float64) string { return fmt.Sprintf("%.0f %%", math.Round(100*share)+0) }

// whence says where a step's time comes from.
func (s Step) whence() string {
	text := ""
	switch s.Source {
	case SourceHistory:
		text = fmt.Sprintf("%d runs", s.Runs)
		if s.Runs == 1 {
			text = "1 run"
		}
	case SourcePlanned:
		text = "the plan"
	case SourceEstimated:
		text = "an estimate of its kind"
	case SourceNone:
		text = "nobody knows: counted as no time"
	}
	if len(s.Changed) > 0 {
		text += "; since earlier runs it " + strings.Join(s.Changed, ", ")
	}
	return text
}

// Line is the prediction in a sentence, for those who show it beside something else.
func (p *Prediction) Line() string {
	r := p.RTO
	if !r.P50.Known {
		return ""
	}
	least := ""
	if r.Bound {
		least = "at least "
	}
	text := fmt.Sprintf("P50 %s%s", least, length(r.P50))
	if r.P90.Known || r.Unended >= 0.1 {
		text += fmt.Sprintf(", P90 %s%s", least, length(r.P90))
	}
	if r.Chance != nil {
		text += ", " + r.meet() + " the target"
	}
	return text
}
