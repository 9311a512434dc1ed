package ui

import (
	"time"

	"github.com/drplan/drplan/engine"
)

// apply takes an event that came in at a moment of this machine's clock.
func (s *state) apply(ev engine.Event, at time.Time) {
	s.now, s.seen = ev.T, at
	s.closed = ev.Kind == engine.RunEnded || ev.Kind == engine.RunStopped
	switch ev.Kind {
	case engine.PhaseStarted:
		p := s.phase(ev.Phase)
		p.status, p.started = engine.StatusRunning, ev.T
	case engine.PhaseEnded:
		p := s.phase(ev.Phase)
		p.status, p.outcome, p.ended = engine.StatusEnded, ev.Outcome, ev.T
	case engine.StepResolved:
		if parent := s.rows[ev.Node]; parent != nil {
			for _, it := range ev.Items {
				s.addInstance(parent, it.Key)
			}
		}
	case engine.PlanChanged:
		if ev.Graph != nil {
			s.use(*ev.Graph)
		}
	case engine.Reopened:
		s.reopen()
	default:
		s.applyStep(ev)
	}
}

// applyStep takes an event of one step.
func (s *state) applyStep(ev engine.Event) {
	r := s.row(ev)
	switch ev.Kind {
	case engine.AttemptStarted, engine.WaitStarted:
		s.begin(r, ev)
	case engine.AttemptTimedOut, engine.AttemptCancelled:
		r.status = engine.StatusStopping
	case engine.RetryScheduled:
		r.status, r.attempt, r.retryAt = engine.StatusRetrying, ev.Attempt, ev.Deadline
	case engine.InDoubt:
		r.status, r.message = engine.StatusInDoubt, ev.Reason
	case engine.WaitEnded:
		r.status, r.message = engine.StatusReturned, ""
	case engine.AttemptEnded:
		r.status, r.message = engine.StatusReturned, ev.Error
	case engine.Settled:
		r.settle(ev)
	case engine.StepEnded:
		r.end(ev)
	}
}

func (s *state) begin(r *row, ev engine.Event) {
	r.status, r.attempt, r.message = engine.StatusRunning, ev.Attempt, ""
	if ev.Kind == engine.WaitStarted {
		r.status, r.message = engine.StatusWaiting, ev.Prompt
	}
	if !r.begun {
		r.begun, r.started = true, ev.T
	}
	if parent := s.rows[ev.Node]; parent != nil && !parent.begun {
		parent.begun, parent.started, parent.status = true, ev.T, engine.StatusRunning
	}
	if r.node.Phase == engine.PhaseDisaster && !s.ticks {
		s.ticks, s.outage = true, ev.T
	}
}

func (r *row) settle(ev engine.Event) {
	r.status, r.message = engine.StatusPending, "settled by "+ev.By+": "+string(ev.Verdict)
	switch ev.Verdict {
	case engine.VerdictDone:
		r.status, r.outcome, r.ended = engine.StatusEnded, engine.Succeeded, ev.T
	case engine.VerdictFailed:
		r.status, r.outcome, r.ended = engine.StatusEnded, engine.Failed, ev.T
	}
}

func (r *row) end(ev engine.Event) {
	r.status, r.outcome, r.ended = engine.StatusEnded, ev.Outcome, ev.T
	r.message = ev.Error
	if r.message == "" && ev.Outcome != engine.Succeeded {
		r.message = ev.Reason
	}
}

// reopen makes pending again what did not succeed.
func (s *state) reopen() {
	for _, r := range s.rows {
		if r.status == engine.StatusEnded && (r.outcome == engine.Succeeded || r.outcome == engine.Skipped) {
			continue
		}
		r.status, r.outcome, r.message, r.begun, r.attempt = engine.StatusPending, "", "", false, 0
	}
	for _, p := range s.phases {
		if p.outcome != engine.Succeeded {
			p.status, p.outcome = engine.StatusPending, ""
		}
	}
}
