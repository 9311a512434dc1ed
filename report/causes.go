package report

import (
	"fmt"

	"github.com/drplan/drplan/engine"
)

// causes lists what failed by itself, apart from what that kept from running.
func (f *facts) causes(s *Summary) (causes []Cause, neverReached []string) {
	causes, neverReached = f.refusals(), []string{}
	for _, step := range s.Steps {
		switch {
		case step.Status == string(engine.UpstreamFailed):
			neverReached = append(neverReached, step.ID)
		case step.tolerated:
		case len(step.Instances) > 0:
			for _, in := range step.Instances {
				causes = append(causes, causeOf(in, s)...)
			}
		default:
			causes = append(causes, causeOf(step, s)...)
		}
	}
	return causes, neverReached
}

func causeOf(step Step, s *Summary) []Cause {
	c := Cause{Step: instanceID{step.ID, step.Key}.String(), Status: step.Status, Error: step.Reason}
	if step.Error != nil {
		c.Error = *step.Error
	}
	switch step.Status {
	case string(engine.Failed), string(engine.TimedOut):
		c.Hint = s.failureHint(c.Step, step.Phase)
	case string(engine.StatusInDoubt):
		c.Hint = fmt.Sprintf("look at what it changes, then: drplan settle %s %s done|failed|rerun --reason …; then: drplan run --resume %s", s.RunID, c.Step, s.RunID)
	default:
		return nil
	}
	return []Cause{c}
}

func (s *Summary) failureHint(step, phase string) string {
	switch {
	case s.Result == Running:
		return ""
	case phase == string(engine.PhaseCleanup):
		return fmt.Sprintf("remove what is left, or try again: drplan cleanup %s", s.RunID)
	case s.canResume:
		return fmt.Sprintf("mend the cause, then: drplan run --resume %s (what succeeded is kept); if you do the step by hand, first: drplan settle %s %s done --reason …", s.RunID, s.RunID, step)
	}
	if s.cleanupFailed() {
		return "mend the cause, remove what the cleanup left, and start a new run"
	}
	return "mend the cause and start a new run: this one has been cleaned up"
}

func (s *Summary) cleanupFailed() bool {
	for _, step := range s.Steps {
		if step.Phase == string(engine.PhaseCleanup) && (step.Status == string(engine.Failed) || step.Status == string(engine.TimedOut)) {
			return true
		}
	}
	return false
}

// refusals lists the preflight checks that kept a phase from beginning, of the
// last time they were made. A cleanup is never kept from beginning.
func (f *facts) refusals() []Cause {
	causes := []Cause{}
	for _, phase := range engine.Phases {
		if phase == engine.PhaseCleanup {
			continue // it goes on all the same: what fails then says so itself
		}
		var last *engine.Event
		for i := range f.events {
			if e := &f.events[i]; e.Kind == engine.PreflightDone && e.Phase == phase {
				last = e
			}
		}
		if last == nil || last.Outcome == engine.Succeeded {
			continue
		}
		for _, c := range last.Checks {
			if !c.Passed() {
				causes = append(causes, Cause{Step: c.Node, Status: "refused",
					Error: fmt.Sprintf("preflight check %s of %s: %s", c.Name, phase, c.Message), Hint: checkHint(c)})
			}
		}
	}
	return causes
}

func checkHint(c engine.Check) string {
	if c.Hard {
		return "this check does not yield to --override"
	}
	return fmt.Sprintf("mend it, or go on all the same with --override %s --reason …", c.Name)
}
