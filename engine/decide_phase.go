package engine

import "fmt"

// decidePhase moves the run from phase to phase. It reports whether it decided
// anything.
func (m *Machine) decidePhase() bool {
	p := m.currentPhase()
	if p == nil {
		return m.finish()
	}
	abandoned := p.id != PhaseCleanup && (m.run.cancelled || m.earlierBad(p))
	switch p.status {
	case StatusPending, StatusEnded:
		if abandoned {
			return m.dropPhase(p)
		}
		return m.beginPhase(p)
	case StatusPreflight:
		if p.open > 0 {
			return abandoned && m.dropPhase(p)
		}
	case StatusRefused:
		if !m.run.began && p.open > 0 {
			m.emit(Event{Kind: RunEnded, Result: ResultRefused, Reason: fmt.Sprintf("preflight of %s: a check does not hold", p.id)})
			return true
		}
		if p.open > 0 {
			return m.dropPhase(p)
		}
	}
	if p.open > 0 {
		return false
	}
	m.emit(Event{Kind: PhaseEnded, Phase: p.id, Outcome: p.result()})
	return true
}

// currentPhase is the first with something to do; nil after the last. A cleanup
// that is not to run has nothing to do.
func (m *Machine) currentPhase() *phase {
	for i := range m.phases {
		p := &m.phases[i]
		if m.run.onlyCleanup && p.id != PhaseCleanup || p.open == 0 && (p.status == StatusPending || p.status == StatusEnded) {
			continue
		}
		if p.id == PhaseCleanup && p.status == StatusPending && !(m.cleanupDue() && !m.cleanupKept()) {
			continue
		}
		return p
	}
	return nil
}

func (m *Machine) beginPhase(p *phase) bool {
	if m.held() {
		return false
	}
	m.emit(Event{Kind: PhaseStarted, Phase: p.id})
	return true
}

// dropPhase ends every node of a phase that will not run.
func (m *Machine) dropPhase(p *phase) bool {
	outcome, reason := Cancelled, "the run was cancelled"
	switch {
	case p.status == StatusRefused:
		outcome, reason = UpstreamFailed, fmt.Sprintf("preflight of %s: a check does not hold", p.id)
	case m.earlierFailed(p) || !m.run.cancelled:
		outcome, reason = UpstreamFailed, "an earlier phase failed"
	}
	for _, pos := range p.nodes {
		if n := &m.nodes[pos]; n.status != StatusEnded {
			m.end(n, outcome, reason)
		}
	}
	return true
}

// result is how a phase ended.
func (p *phase) result() Outcome {
	switch {
	case p.failed > 0:
		return Failed
	case p.bad > 0:
		return Cancelled
	}
	return Succeeded
}

// earlierBad reports whether a phase before p ended badly.
func (m *Machine) earlierBad(p *phase) bool {
	for i := range m.phases {
		if m.phases[i].id == p.id {
			break
		}
		if m.phases[i].bad > 0 {
			return true
		}
	}
	return false
}

// earlierFailed reports whether it did so by more than a cancel.
func (m *Machine) earlierFailed(p *phase) bool {
	for i := range m.phases {
		if m.phases[i].id == p.id {
			break
		}
		if m.phases[i].failed > 0 {
			return true
		}
	}
	return false
}

// cleanupDue reports whether the run began anything that is to be cleaned up:
// its setup, or where there is none, anything. A plan of nothing but cleanup
// has it run.
func (m *Machine) cleanupDue() bool {
	if setup := &m.phases[phaseIndex(PhaseSetup)]; len(setup.nodes) > 0 {
		return setup.began
	}
	return m.run.began || len(m.phases[phaseIndex(PhaseCleanup)].nodes) == len(m.nodes)
}

// cleanupKept reports whether the cleanup is left for later, as was asked for.
func (m *Machine) cleanupKept() bool {
	return m.header.Options.KeepOnFailure && !m.run.onlyCleanup && (m.run.cancelled || m.wentBadly())
}

// wentBadly reports whether any phase but the cleanup ended badly.
func (m *Machine) wentBadly() bool {
	return m.earlierBad(&m.phases[phaseIndex(PhaseCleanup)])
}
