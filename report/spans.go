package report

import (
	"time"

	"github.com/drplan/drplan/engine"
)

// SpanKind says what a step was doing in a span.
type SpanKind string

// What a step does: work, pause between two tries, wait for a time or a person.
const (
	SpanAttempt SpanKind = "attempt"
	SpanBackoff SpanKind = "backoff"
	SpanWait    SpanKind = "wait"
)

// BrokenOff is how an attempt ended that died with drplan and was begun again.
const BrokenOff = "broken_off"

// Span is a stretch of a step's time. A step has none before it begins.
type Span struct {
	Kind       SpanKind `json:"kind"`
	Attempt    int      `json:"attempt,omitempty"`
	StartedAt  Instant  `json:"started_at"`
	FinishedAt Instant  `json:"finished_at"`       // null while it goes on
	Outcome    string   `json:"outcome,omitempty"` // of the engine, or broken_off
	Error      string   `json:"error,omitempty"`
	By         string   `json:"by,omitempty"` // who ended a wait

	From time.Duration `json:"-"` // on the run's clock
	To   time.Duration `json:"-"` // of one that goes on: until now
}

// Gap is a time in which drplan was not running.
type Gap struct {
	StartedAt  Instant       `json:"started_at"`
	FinishedAt Instant       `json:"finished_at"`
	ByHand     bool          `json:"by_hand,omitempty"` // a person did a step meanwhile: it counts as people's
	From       time.Duration `json:"-"`                 // on the run's clock
	To         time.Duration `json:"-"`
}

// spanner folds events into the spans of every instance.
type spanner struct {
	of   map[instanceID][]Span
	open map[instanceID]bool // the last span goes on
	died engine.Event        // the last event before the latest gap
}

// spans lists what every instance did, in the order in which it did it.
func (f *facts) spans() map[instanceID][]Span {
	t := &spanner{of: map[instanceID][]Span{}, open: map[instanceID]bool{}}
	for i := range f.events {
		if e := &f.events[i]; i > 0 && (e.Kind == engine.Resumed || e.Kind == engine.Reopened) {
			t.died = f.events[i-1]
		}
		t.event(&f.events[i])
	}
	for id := range t.open {
		last := &t.of[id][len(t.of[id])-1]
		last.To, last.FinishedAt = f.now, Instant{}
	}
	return t.of
}

func (t *spanner) event(e *engine.Event) {
	id := instanceID{e.Node, e.Key}
	switch e.Kind {
	case engine.AttemptStarted:
		t.begin(id, SpanAttempt, e)
	case engine.RetryScheduled:
		t.begin(id, SpanBackoff, e)
	case engine.WaitStarted:
		t.begin(id, SpanWait, e)
	case engine.AttemptEnded, engine.WaitEnded:
		t.end(id, e, string(e.Outcome))
	case engine.InDoubt:
		t.end(id, e, string(engine.StatusInDoubt))
	case engine.StepEnded:
		if !e.Whole {
			t.end(id, e, string(e.Outcome))
		}
	}
}

// begin opens a span. An attempt that is still open then died with drplan.
func (t *spanner) begin(id instanceID, kind SpanKind, e *engine.Event) {
	if t.open[id] {
		last := &t.of[id][len(t.of[id])-1]
		if last.Kind == SpanAttempt && t.died.T >= last.From {
			t.end(id, &engine.Event{T: t.died.T, Wall: t.died.Wall}, BrokenOff)
		} else {
			t.end(id, e, "")
		}
	}
	t.of[id] = append(t.of[id], Span{Kind: kind, Attempt: e.Attempt, StartedAt: instant(e.Wall), From: e.T})
	t.open[id] = true
}

func (t *spanner) end(id instanceID, e *engine.Event, outcome string) {
	if !t.open[id] {
		return
	}
	delete(t.open, id)
	last := &t.of[id][len(t.of[id])-1]
	last.To, last.FinishedAt, last.Outcome, last.Error, last.By = e.T, instant(e.Wall), outcome, e.Error, e.By
}

// down lists the times in which drplan was not running.
func (f *facts) down() []Gap {
	gaps := []Gap{}
	for _, g := range f.line.gaps {
		gaps = append(gaps, Gap{StartedAt: instant(f.wall(g.from)), FinishedAt: instant(g.taken.Wall), ByHand: g.byHand, From: g.from, To: g.to})
	}
	return gaps
}
