package otlp

import (
	"fmt"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

func numbered(what string, i int) string { return fmt.Sprintf("%s/%d", what, i+1) }

// step adds a step's span, those of its instances and of what they did. One that never
// began has none.
func (t *tracer) step(s *report.Step, parent spanID, place string) {
	from, to, ok := bounds(s)
	if !ok {
		return
	}
	name := s.Name
	if s.Key != "" {
		name += " [" + s.Key + "]"
	}
	x := t.add(place, name, &parent, from, to, ofStep(s))
	x.Status = statusOf(s.Status, text(s.Error))
	if s.Key == "" {
		x.Links = t.links(s.ID)
	}
	own := x.SpanID
	for i := range s.Spans {
		t.stretch(&s.Spans[i], own, numbered(place+"/"+string(s.Spans[i].Kind), i))
	}
	for i := range s.Instances {
		t.step(&s.Instances[i], own, place+"["+s.Instances[i].Key+"]")
	}
}

// bounds are when a step was at work. One that a person settled counts as not begun
// for the summary; what was tried before that was.
func bounds(s *report.Step) (from, to time.Time, ok bool) {
	n := len(s.Spans)
	switch {
	case !s.StartedAt.IsZero():
		return s.StartedAt.Time, s.FinishedAt.Time, true
	case n > 0:
		return s.Spans[0].StartedAt.Time, s.Spans[n-1].FinishedAt.Time, true
	}
	return from, to, false
}

// stretch adds an attempt, a back-off or a wait.
func (t *tracer) stretch(s *report.Span, parent spanID, place string) {
	var a attributes
	name := string(s.Kind)
	if s.Kind == report.SpanAttempt {
		name = fmt.Sprintf("attempt %d", s.Attempt)
		a.number("drplan.attempt", s.Attempt)
	}
	a.text("drplan.span.kind", string(s.Kind))
	a.text("drplan.outcome", s.Outcome)
	a.text("drplan.person", s.By)
	x := t.add(place, name, &parent, s.StartedAt.Time, s.FinishedAt.Time, a)
	x.Status = statusOf(s.Outcome, s.Error)
}

// links lead to what a step needs.
func (t *tracer) links(id string) []link {
	var out []link
	for _, need := range t.needs[id] {
		var a attributes
		a.text("drplan.link", "needs")
		a.text("drplan.step.id", need)
		out = append(out, link{t.trace, spanOf(t.runID, "step/"+need), a})
	}
	return out
}

func statusOf(outcome, message string) status {
	switch engine.Outcome(outcome) {
	case engine.Succeeded:
		return status{Code: codeOK}
	case engine.Failed, engine.TimedOut:
		return status{codeError, message}
	}
	if outcome == report.BrokenOff || engine.Status(outcome) == engine.StatusInDoubt {
		return status{codeError, message}
	}
	return status{}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
