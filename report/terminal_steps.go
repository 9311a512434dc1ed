package report

import (
	"fmt"
	"strings"

	"github.com/drplan/drplan/engine"
)

// Widths of the columns of the table of steps.
const (
	markWidth  = 4  // glyph, and * on the critical path
	gutter     = 2  // between columns
	minChart   = 12 // below it no chart is drawn
	maxName    = 40
	minForBars = 64
)

// columns is how the table of steps is laid out.
type columns struct {
	name, time, chart int
	from, to          engine.Time // what the chart shows
}

func (t *terminal) steps() {
	if len(t.s.Steps) == 0 {
		return
	}
	c := t.layout()
	t.section("Steps")
	if c.chart > 0 {
		t.axis(c)
	}
	phase := ""
	for _, step := range t.s.Steps {
		if step.Phase != phase {
			phase = step.Phase
			t.line("  ", t.paint(phase, bold))
		}
		t.step(step, c, 0)
		for _, in := range step.Instances {
			t.step(in, c, 2)
		}
	}
	if len(t.s.CriticalPath) > 0 {
		t.text(2, "* on the critical path: "+strings.Join(t.s.CriticalPath, " → "), dim)
	}
}

func (t *terminal) layout() columns {
	c := columns{}
	for _, s := range t.s.Steps {
		c.fit(s, 0)
		c.to = max(c.to, s.end)
		for _, in := range s.Instances {
			c.fit(in, 2)
		}
	}
	rest := t.width - markWidth - c.time - 2*gutter
	c.name = min(c.name, maxName, rest)
	if t.width >= minForBars {
		c.name = min(c.name, rest-minChart)
		c.chart = rest - c.name
	}
	return c
}

// fit widens the columns to what a step needs.
func (c *columns) fit(s Step, indent int) {
	c.name = max(c.name, width(stepName(s))+indent)
	c.time = max(c.time, width(took(s)))
}

func took(s Step) string {
	if !s.Duration.Known {
		return ""
	}
	return Duration(s.Duration.Duration)
}

func stepName(s Step) string {
	name := plain(s.Name)
	if name == "" {
		name = s.ID
	}
	if s.Key != "" {
		name = plain(s.Key)
	}
	return name
}

func (t *terminal) axis(c columns) {
	from, to := "0s", Duration(c.to-c.from)
	if c.to == c.from || width(to)+width(from) >= c.chart {
		return
	}
	left := markWidth + c.name + c.time + 2*gutter
	t.line(strings.Repeat(" ", left), t.paint(from+fitLeft(to, c.chart-width(from)), dim))
}

func (t *terminal) step(s Step, c columns, indent int) {
	glyph, st := statusStyle(s.Status)
	if s.Degraded {
		glyph, st = "!", warn
	}
	mark := " "
	if s.OnCriticalPath {
		mark = "*"
	}
	name := fit(strings.Repeat(" ", indent)+stepName(s), c.name)
	t.line("  ", t.paint(glyph, st), t.paint(mark, accent), name, "  ", fitLeft(took(s), c.time), "  ", t.chart(s, c, st))
	if remark := remarkOf(s); remark != "" {
		t.text(markWidth+indent, remark, dim)
	}
}

// chart draws when the step was under way, at least one cell of it.
func (t *terminal) chart(s Step, c columns, st style) string {
	if c.chart == 0 || c.to <= c.from {
		return ""
	}
	if !s.begun {
		return t.paint(cut(StatusWord(s.Status), c.chart), st)
	}
	cell := func(at engine.Time) int { return int(int64(at-c.from) * int64(c.chart) / int64(c.to-c.from)) }
	from := min(cell(s.start), c.chart-1)
	to := min(max(cell(s.end), from+1), c.chart)
	block := "▒"
	if s.OnCriticalPath {
		block = "█"
	}
	return strings.Repeat(" ", from) + t.paint(strings.Repeat(block, to-from), st)
}

// remarkOf is what a reader should know beside a step's time.
func remarkOf(s Step) string {
	var remarks []string
	if s.Attempts > 1 && len(s.Instances) == 0 {
		remarks = append(remarks, fmt.Sprintf("%d attempts", s.Attempts))
	}
	if s.Simulated {
		remarks = append(remarks, "simulated wait")
	}
	if s.SettledBy != "" {
		remarks = append(remarks, "done by hand, says "+s.SettledBy)
	}
	if s.Degraded && len(s.Instances) == 0 {
		remarks = append(remarks, degradationOf(s.Outputs).String())
	}
	if s.Status == string(engine.Skipped) || s.Status == string(engine.Cancelled) {
		remarks = append(remarks, s.Reason)
	}
	return join(remarks...)
}
