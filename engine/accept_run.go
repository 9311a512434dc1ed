package engine

import (
	"errors"
	"fmt"
)

// acceptResume takes up a run whose process died or which was stopped.
func (m *Machine) acceptResume(in Resume) error {
	switch {
	case m.live:
		return errors.New("the run is being driven already")
	case m.run.status == StatusEnded:
		return fmt.Errorf("%w: it has ended; reopen it instead", ErrClosed)
	case m.run.status == StatusPending: // the process died before its first event was on disk
		if err := m.acceptStart(); err != nil {
			return err
		}
	}
	m.live, m.sitting = true, true
	m.emit(Event{Kind: Resumed, Gap: max(in.Gap, 0), By: in.By, Reason: in.Reason})
	return nil
}

// acceptReopen lets a run that ended badly go on.
func (m *Machine) acceptReopen(in Reopen) error {
	if m.run.status != StatusEnded {
		return errors.New("the run has not ended; resume it instead")
	}
	e := Event{Kind: Reopened, By: in.By, Reason: in.Reason}
	cleanup := &m.phases[phaseIndex(PhaseCleanup)]
	switch {
	case in.OnlyCleanup && (len(cleanup.nodes) == 0 || !m.cleanupDue()):
		return errors.New("there is nothing to clean up")
	case in.OnlyCleanup && cleanup.open == 0 && cleanup.bad == 0:
		return errors.New("the cleanup was done already")
	case in.OnlyCleanup:
		e.Phase = PhaseCleanup
	default:
		if err := m.goesOn(); err != nil {
			return err
		}
	}
	m.live, m.sitting = true, true
	m.emit(e)
	return nil
}

// goesOn is nil when a run that has ended may be taken up again, else why not.
func (m *Machine) goesOn() error {
	switch {
	case m.run.result == ResultSucceeded:
		return errors.New("the run has succeeded; start a new one instead")
	case m.touched(&m.phases[phaseIndex(PhaseCleanup)]):
		again := ""
		if !m.header.Options.KeepOnFailure {
			again = ", with --keep-on-failure if it is to go on after a failure"
		}
		return errors.New("its cleanup has begun, so there is nothing left to go on with; start a new run instead" + again)
	}
	return nil
}

// touched reports whether a node of the phase has begun.
func (m *Machine) touched(p *phase) bool {
	for _, pos := range p.nodes {
		if m.nodes[pos].status != StatusPending {
			return true
		}
	}
	return false
}

// acceptPlan puts the run onto an edited plan, if what is done stays done.
func (m *Machine) acceptPlan(in ChangePlan) error {
	if m.live && !m.sitting || !m.live && m.run.status != StatusEnded {
		return errors.New("a plan can be changed only right after a resume, or before a run that has ended is reopened")
	}
	if m.run.status == StatusEnded && m.run.result == ResultSucceeded {
		return errors.New("the run has succeeded; start a new one with the new plan")
	}
	if err := checkGraph(in.Graph); err != nil {
		return fmt.Errorf("the new plan cannot be run: %w", err)
	}
	if err := m.checkPlan(in.Graph); err != nil {
		return err
	}
	m.emit(Event{Kind: PlanChanged, Graph: &in.Graph, Plan: &in.Plan, By: in.By})
	return nil
}

func (m *Machine) checkPlan(g Graph) error {
	now := make(map[string]*Node, len(g.Nodes))
	for i := range g.Nodes {
		n := &g.Nodes[i]
		now[n.ID] = n
		if _, known := m.byID[n.ID]; !known && m.live && m.phases[phaseIndex(n.Phase)].status == StatusEnded {
			return fmt.Errorf("the new plan adds step %s to %s, which is over", n.ID, n.Phase)
		}
	}
	for i := range m.nodes {
		n := &m.nodes[i]
		what := ""
		switch {
		case n.kept():
			what = "has been done"
		case n.status == StatusRunning && n.begun:
			what = "is under way"
		default:
			continue
		}
		switch to, ok := now[n.def.ID]; {
		case !ok:
			return fmt.Errorf("step %s %s, and the new plan does not have it; give it back, or start a new run", n.def.ID, what)
		case to.Digest() != n.def.Digest():
			return fmt.Errorf("step %s %s, and the new plan has it differently; undo that change, or start a new run", n.def.ID, what)
		}
	}
	return nil
}

// acceptSettle takes a person's word: on an attempt in doubt, or, before a run
// is reopened, on a step that ended badly.
func (m *Machine) acceptSettle(in Settle) error {
	var err error
	switch {
	case in.Verdict != VerdictDone && in.Verdict != VerdictFailed && in.Verdict != VerdictRerun:
		return fmt.Errorf("settle %s as done, failed or rerun, not %q", label(in.Node, in.Key), in.Verdict)
	case m.live:
		err = m.settleDoubt(in)
	case m.run.status == StatusEnded:
		err = m.settleEnded(in)
	default:
		err = m.notLive()
	}
	if err != nil {
		return err
	}
	outputs, err := compact(in.Outputs)
	if err != nil {
		return fmt.Errorf("outputs of %s are no JSON: %w", label(in.Node, in.Key), err)
	}
	m.emit(Event{Kind: Settled, Node: in.Node, Key: in.Key, Verdict: in.Verdict, By: in.By, Reason: in.Reason, Outputs: outputs})
	return nil
}

func (m *Machine) settleDoubt(in Settle) error {
	_, at, err := m.find(in.Node, in.Key)
	if err == nil && at.status != StatusInDoubt {
		err = fmt.Errorf("%s is not in doubt: %w", label(in.Node, in.Key), ErrStale)
	}
	return err
}

func (m *Machine) settleEnded(in Settle) error {
	n, err := m.node(in.Node)
	if err != nil {
		return err
	}
	good, bad := n.kept(), n.status == StatusEnded && !n.kept()
	if in.Key != "" || n.def.ForEach && len(n.instances) > 0 {
		_, at, err := m.find(in.Node, in.Key)
		if err != nil {
			return fmt.Errorf("%w; name one as %s", err, label(in.Node, "KEY"))
		}
		good = goodOutcome(n.def, at.outcome)
		bad = at.status == StatusEnded && !good
	}
	switch {
	case m.run.result == ResultSucceeded || good:
		return fmt.Errorf("%s has ended well; there is nothing to settle", label(in.Node, in.Key))
	case !bad:
		return fmt.Errorf("%s has not run; there is nothing to settle", label(in.Node, in.Key))
	case in.Verdict == VerdictFailed:
		return fmt.Errorf("%s has failed already; settle it as done or rerun", label(in.Node, in.Key))
	}
	return nil
}
