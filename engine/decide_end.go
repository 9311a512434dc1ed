package engine

import "fmt"

// finish ends the run after its last phase.
func (m *Machine) finish() bool {
	e := Event{Kind: RunEnded}
	e.Result, e.Reason = m.result()
	cleanup := &m.phases[phaseIndex(PhaseCleanup)]
	switch {
	case m.run.onlyCleanup && cleanup.bad == 0:
		e.Result, e.Reason = m.run.result, join(e.Reason, "the cleanup was done")
	case cleanup.open > 0 && m.cleanupDue():
		e.Reason = join(e.Reason, "the cleanup is left to `drplan cleanup "+m.header.RunID+"`")
	}
	m.emit(e)
	return true
}

// result is how the run ended, and why it did not end well.
func (m *Machine) result() (Result, string) {
	cleanup := &m.phases[phaseIndex(PhaseCleanup)]
	switch {
	case cleanup.bad > 0:
		return ResultFailed, join(m.whyBad(), "cleanup failed: "+m.firstFailure(cleanup))
	case m.run.cancelled:
		by := "cancelled"
		if m.run.cancelledBy != "" {
			by += " by " + m.run.cancelledBy
		}
		return ResultCancelled, join(by, m.whyBad())
	case m.wentBadly():
		return ResultFailed, m.whyBad()
	}
	return ResultSucceeded, ""
}

// whyBad names the first root cause of a failure before the cleanup: the first
// in the order of phases, and then of the document.
func (m *Machine) whyBad() string {
	for i := range m.phases {
		if p := &m.phases[i]; p.failed > 0 && p.id != PhaseCleanup {
			return m.firstFailure(p)
		}
	}
	return ""
}

// firstFailure names the first root cause in a phase in which there is one.
func (m *Machine) firstFailure(p *phase) string {
	for _, pos := range p.nodes {
		if n := &m.nodes[pos]; !n.good() && (n.outcome == Failed || n.outcome == TimedOut) {
			return fmt.Sprintf("%s: %s", n.def.ID, n.outcome)
		}
	}
	return fmt.Sprintf("preflight of %s: a check does not hold", p.id)
}

// join puts what there is into a list.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
