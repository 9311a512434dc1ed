package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/drplan/drplan/engine"
)

// TerminalOptions say what a terminal can show.
type TerminalOptions struct {
	Width int  // columns; held to 20…200, 0 means 80
	Color bool // escape sequences for colours
	// NoNext leaves out what to type next of a run that has stopped: the caller
	// says it, with the flags that its user gave.
	NoNext bool
}

// Bounds of the width that a report is laid out for.
const (
	minWidth     = 20
	maxWidth     = 200
	defaultWidth = 80
)

// Terminal writes a summary for people at a terminal. No line is wider than the
// options say.
func Terminal(w io.Writer, s *Summary, o TerminalOptions) error {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	t := &terminal{width: min(max(o.Width, minWidth), maxWidth), color: o.Color, next: !o.NoNext, s: s}
	t.head()
	t.objectives()
	t.steps()
	t.failures()
	t.notes()
	t.told()
	t.findings()
	t.environment()
	t.evidence()
	_, err := io.WriteString(w, t.out.String())
	return err
}

// terminal lays out one report.
type terminal struct {
	width int
	color bool
	next  bool
	s     *Summary
	out   strings.Builder
}

// style is what a piece of text means.
type style string

// The styles, as parameters of the escape sequence SGR (ECMA-48).
const (
	normal style = ""
	bold   style = "1"
	dim    style = "2"
	good   style = "32"
	bad    style = "31"
	warn   style = "33"
	accent style = "36"
)

func (t *terminal) paint(s string, st style) string {
	if !t.color || st == normal || strings.TrimSpace(s) == "" {
		return s
	}
	return "\x1b[" + string(st) + "m" + s + "\x1b[0m"
}

func (t *terminal) line(parts ...string) {
	t.out.WriteString(strings.TrimRight(strings.Join(parts, ""), " ") + "\n")
}

// text writes wrapped lines with an indent.
func (t *terminal) text(indent int, s string, st style) {
	for _, l := range wrap(plain(s), t.width-indent) {
		t.line(strings.Repeat(" ", indent), t.paint(l, st))
	}
}

func (t *terminal) section(title string) {
	t.line()
	t.line(t.paint(title, bold))
}

func (t *terminal) head() {
	s := t.s
	for i, l := range wrap(s.Headline()+": "+s.Name(), t.width) {
		if head := s.Headline(); i == 0 && strings.HasPrefix(l, head) {
			t.line(t.paint(head, headStyle(s)), t.paint(l[len(head):], bold))
			continue
		}
		t.line(t.paint(l, bold))
	}
	if s.Reason != "" {
		t.text(2, s.Reason, normal)
	}
	t.text(2, join("run "+s.RunID, s.when()), dim)
	plan := "plan " + s.Plan.Path
	if len(s.Plan.SHA256) >= 12 {
		plan += " (sha256 " + s.Plan.SHA256[:12] + ")"
	}
	t.text(2, plan, dim)
	if from := s.Plan.from(shortCommit); from != "" {
		t.text(2, from, dim)
	}
}

func headStyle(s *Summary) style {
	switch s.Result {
	case Succeeded:
		if s.Degraded {
			return warn
		}
		return good
	case Failed, Unreadable:
		return bad
	case Running:
		return accent
	}
	return warn
}

// labelWidth is the width of the column with RTO and RPO.
const labelWidth = 5

func (t *terminal) objectives() {
	t.line()
	rto := t.s.RTOVerdict()
	t.objective("RTO", rto, t.s.RTO.Met)
	t.bar()
	if sp := t.s.RTO.Split; sp != nil {
		t.text(labelWidth, strings.Join(sp.parts(), ", "), normal)
	}
	for _, d := range rto.Detail {
		t.text(labelWidth, d, dim)
	}
	rpo := t.s.RPOVerdict()
	t.objective("RPO", rpo, t.s.RPO.Met)
	for _, d := range rpo.Detail {
		t.text(labelWidth, d, dim)
	}
	if row := t.s.Objective.String(); row != "" {
		t.text(labelWidth, "targets: "+row, dim)
	}
}

func (t *terminal) objective(label string, v Verdict, met *bool) {
	st := warn
	if met != nil {
		st = bad
		if *met {
			st = good
		}
	}
	lines := []string{v.Value + "  " + v.Mark}
	if width(lines[0]) > t.width-labelWidth {
		lines = append(wrap(v.Value, t.width-labelWidth), wrap(v.Mark, t.width-labelWidth)...)
	}
	for i, l := range lines {
		head := fit("", labelWidth)
		if i == 0 {
			head = t.paint(fit(label, labelWidth), bold)
		}
		t.line(head, t.paint(l, st))
	}
}

// bar fills with the share of the target that the recovery took.
func (t *terminal) bar() {
	actual, target := t.s.RTO.Actual, t.s.RTO.Target
	if !actual.Known || !target.Known {
		return
	}
	share := float64(actual.Duration) / float64(target.Duration)
	label := fmt.Sprintf(" %.0f%% of the target", share*100)
	cells := min(t.width-labelWidth-width(label), 40)
	if cells < 5 {
		return
	}
	full := min(int(math.Ceil(share*float64(cells))), cells)
	st := good
	if share > 1 {
		st = bad
	} else if full == cells {
		full-- // only what is over is full
	}
	t.line(fit("", labelWidth), t.paint(strings.Repeat("█", full), st), t.paint(strings.Repeat("░", cells-full), dim), label)
}

func (t *terminal) failures() {
	if len(t.s.RootCauses) > 0 {
		t.section("What failed")
	}
	for _, c := range t.s.RootCauses {
		t.text(2, strings.TrimSpace(c.Step+" "+StatusWord(c.Status)), bad)
		if c.Error != "" {
			t.text(4, c.Error, normal)
		}
		if c.Hint != "" && (t.next || t.s.Result != InDoubt) {
			t.text(4, "→ "+c.Hint, accent)
		}
	}
	if never := t.s.neverReached(); never != "" {
		t.line()
		t.text(0, never, warn)
	}
	if t.next && (t.s.Result == Interrupted || t.s.Result == Cancelled && t.s.canResume) {
		t.line()
		t.text(0, "→ to go on: drplan run --resume "+t.s.RunID, accent)
	}
}

func (t *terminal) notes() {
	if len(t.s.Notes) == 0 {
		return
	}
	t.section("Worth knowing")
	for _, n := range t.s.Notes {
		text := n.Text
		if n.Step != "" {
			text = n.Step + ": " + text
		}
		if !n.At.IsZero() {
			text = n.At.Format("15:04:05") + " " + text
		}
		t.text(2, text, normal)
	}
}

func (t *terminal) evidence() {
	if t.s.Evidence == nil {
		return
	}
	t.section("Journal")
	st := dim
	if t.s.Evidence.Fault != "" {
		st = bad
	}
	t.text(2, t.s.Evidence.String(), st)
	for _, signed := range t.s.Evidence.Signed() {
		t.text(2, signed, dim)
	}
}

func (t *terminal) environment() {
	if len(t.s.Environment) == 0 {
		return
	}
	t.section("Environment")
	for _, f := range t.s.Environment {
		t.text(2, f.Of+": "+f.Name+" "+f.Value, normal)
	}
}

func statusStyle(status string) (glyph string, st style) {
	switch status {
	case string(engine.Succeeded):
		return "✓", good
	case string(engine.Failed), string(engine.TimedOut):
		return "✗", bad
	case string(engine.Skipped):
		return "-", dim
	case string(engine.UpstreamFailed), string(engine.StatusPending):
		return "·", dim
	case string(engine.Cancelled):
		return "⊘", warn
	case string(engine.StatusInDoubt):
		return "?", warn
	}
	return "▸", accent
}
