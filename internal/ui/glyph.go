package ui

import (
	"fmt"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// glyphOf is the sign of a status, and its colour.
func glyphOf(status engine.Status, outcome engine.Outcome, ascii bool) (Style, string) {
	style, glyph, plain := glyphs(status, outcome)
	if ascii {
		return style, plain
	}
	return style, glyph
}

func glyphs(status engine.Status, outcome engine.Outcome) (style Style, glyph, plain string) {
	switch status {
	case engine.StatusPending, engine.StatusResolving:
		return Faint, "·", "."
	case engine.StatusWaiting:
		return Yellow, "?", "?"
	case engine.StatusRetrying, engine.StatusStopping:
		return Yellow, "↻", "~"
	case engine.StatusInDoubt:
		return Red, "!", "!"
	case engine.StatusEnded:
		return outcomeGlyphs(outcome)
	}
	return Cyan, "▶", ">"
}

func outcomeGlyphs(outcome engine.Outcome) (style Style, glyph, plain string) {
	switch outcome {
	case engine.Succeeded:
		return Green, "✓", "+"
	case engine.Failed, engine.TimedOut:
		return Red, "✗", "x"
	}
	return Faint, "–", "-"
}

// budget is the RTO's bar: how much of the target is used up.
func (s *state) budget(now engine.Time, lk look) line {
	target := s.header.Objective.RTO
	if target <= 0 || !s.ticks {
		return nil
	}
	used := max(now-s.outage, 0)
	text := fmt.Sprintf(" %s of %s (%d%%)", report.Duration(used), report.Duration(target), used*100/target)
	width := min(max(lk.width-len("RTO ")-len(text)-2, 0), 40)
	full := int(min(used*engine.Span(width)/target, engine.Span(width)))
	block, rest := "█", "░"
	if lk.ascii {
		block, rest = "#", "."
	}
	return line{
		{"RTO ", Bold}, {strings.Repeat(block, full), budgetStyle(used, target)},
		{strings.Repeat(rest, width-full), Faint}, {text, budgetStyle(used, target)},
	}
}

func budgetStyle(used, target engine.Span) Style {
	switch {
	case used > target:
		return Red
	case used > target*3/4:
		return Yellow
	}
	return Green
}
