package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// look is how a frame is to be drawn.
type look struct {
	width, height int
	color, ascii  bool
}

// frame renders the whole view: what is over folded to a line a phase, a row a
// step of the running phase, and the RTO's budget as a bar that fills.
func (s *state) frame(at time.Time, lk look) []string {
	now := s.clock(at)
	head := []line{s.title(now)}
	var rows []line
	for _, p := range s.phases {
		switch p.status {
		case engine.StatusEnded:
			head = append(head, p.folded(lk))
		case engine.StatusRunning:
			head = append(head, line{{string(p.name), Bold}})
			for _, r := range p.rows {
				rows = append(rows, r.render(now, lk))
			}
			rows = fold(p.rows, rows, lk.height-len(head)-3)
		}
	}
	lines := slices.Concat(head, rows)
	if budget := s.budget(now, lk); budget != nil {
		lines = append(lines, budget)
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.render(lk.width-1, lk.color) // the last column would wrap
	}
	return out
}

func (s *state) title(now engine.Time) line {
	what := s.header.Title
	if what == "" {
		what = s.header.Scenario
	}
	return line{
		{strings.ToUpper(string(s.header.Mode)) + " ", Bold}, {OneLine(what), Bold},
		{" " + report.Duration(now), Normal}, {"  " + s.header.RunID, Faint},
	}
}

func (p *phase) folded(lk look) line {
	style, glyph := glyphOf(engine.StatusEnded, p.outcome, lk.ascii)
	steps := 0
	for _, r := range p.rows {
		if !r.instance {
			steps++
		}
	}
	return line{
		{glyph + " ", style}, {Pad(string(p.name), 10), Normal},
		{fmt.Sprintf(" %s, %s", count(steps, "step"), report.Duration(p.ended-p.started)), Faint},
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

const nameWidth = 28

func (r *row) render(now engine.Time, lk look) line {
	style, glyph := glyphOf(r.status, r.outcome, lk.ascii)
	indent, name := "  ", r.id
	if r.instance {
		indent = "    "
	}
	l := line{{indent, Normal}, {glyph + " ", style}, {Pad(cut(OneLine(name), nameWidth), min(nameWidth, lk.width/3)), Normal}}
	if r.begun {
		l.add(Normal, fmt.Sprintf(" %7s", report.Duration(r.elapsed(now))))
	}
	if r.attempt > 1 {
		l.add(Yellow, fmt.Sprintf("  attempt %d", r.attempt))
	}
	if text := r.remark(now); text != "" {
		l.add(Faint, "  "+text)
	}
	return l
}

func (r *row) elapsed(now engine.Time) time.Duration {
	if r.status == engine.StatusEnded {
		return r.ended - r.started
	}
	return now - r.started
}

func (r *row) remark(now engine.Time) string {
	switch r.status {
	case engine.StatusRetrying:
		return "again in " + report.Duration(max(r.retryAt-now, 0).Round(time.Second))
	case engine.StatusStopping:
		return "stopping"
	case engine.StatusInDoubt:
		return "in doubt: " + OneLine(r.message)
	case engine.StatusPending, engine.StatusResolving:
		if r.message == "" {
			return ""
		}
	case engine.StatusEnded:
		if r.outcome != engine.Succeeded && r.outcome != engine.Failed {
			return strings.TrimSuffix(strings.ReplaceAll(string(r.outcome), "_", " ")+": "+OneLine(r.message), ": ")
		}
	}
	return OneLine(r.message)
}

// fold leaves at most most rows, the busy ones first, and says how many are not shown.
func fold(rows []*row, lines []line, most int) []line {
	if len(lines) <= most || most < 1 {
		return lines
	}
	room := most - 1
	show := make([]bool, len(rows))
	for want := range ranks {
		for i, r := range rows {
			if room > 0 && r.rank() == want {
				show[i], room = true, room-1
			}
		}
	}
	var kept []line
	for i, l := range lines {
		if show[i] {
			kept = append(kept, l)
		}
	}
	return append(kept, line{{fmt.Sprintf("  … and %s", count(len(lines)-len(kept), "more step")), Faint}})
}

const ranks = 4

// rank orders rows by how much they are worth a line: busy, ended badly, pending, ended well.
func (r *row) rank() int {
	switch {
	case r.status == engine.StatusPending:
		return 2
	case r.status != engine.StatusEnded:
		return 0
	case r.outcome == engine.Failed || r.outcome == engine.TimedOut:
		return 1
	}
	return 3
}
