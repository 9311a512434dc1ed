package otlp

import (
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// phases are the spans between the run and its steps.
func (t *tracer) phases() {
	parent := spanOf(t.runID, "run")
	for _, id := range engine.Phases {
		var from, to time.Time
		outcome := engine.Outcome("")
		for i := range t.r.Events {
			switch e := &t.r.Events[i]; {
			case e.Phase != id:
			case e.Kind == engine.PhaseStarted:
				if from.IsZero() {
					from = e.Wall
				}
				to, outcome = time.Time{}, ""
			case e.Kind == engine.PhaseEnded:
				to, outcome = e.Wall, e.Outcome
			}
		}
		if from.IsZero() {
			continue
		}
		if to.IsZero() && t.s.Result != report.Running { // refused, or the process is gone
			to = t.last
		}
		var a attributes
		a.text("drplan.phase", string(id))
		a.text("drplan.phase.outcome", string(outcome))
		p := t.add("phase/"+string(id), string(id), &parent, from, to, a)
		if outcome == engine.Failed {
			p.Status.Code = codeError
		}
		t.notRun(p, id)
	}
}

// notRun puts steps that never began into their phase: they have no time of their own.
func (t *tracer) notRun(p *span, id engine.Phase) {
	for i := range t.s.Steps {
		s := &t.s.Steps[i]
		if _, _, begun := bounds(s); s.Phase == string(id) && !begun {
			p.Events = append(p.Events, event{p.End, "step not run", ofStep(s)})
		}
	}
}

// down are the times in which drplan was not running.
func (t *tracer) down() {
	parent := spanOf(t.runID, "run")
	for i, g := range t.s.Down {
		var a attributes
		a.flag("drplan.down.by_hand", g.ByHand)
		t.add(numbered("down", i), "drplan was not running", &parent, g.StartedAt.Time, g.FinishedAt.Time, a)
	}
}
