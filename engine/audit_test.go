package engine

import (
	"fmt"
	"maps"
)

// auditor reads a journal as a stranger would and says which promise it
// breaks. It shares nothing with the machine but the types.
type auditor struct {
	h         Header
	def       map[string]*Node
	ended     map[string]Outcome // nodes
	attempts  map[string]int     // instances
	flying    map[string]bool
	done      map[string]Outcome // instances
	rerun     map[string]bool
	preflight map[Phase]bool
	doubts    map[string]bool
	asking    map[string]bool // instances to be reconciled
	cancelled bool
	last      Event
}

// audit returns the first broken promise.
func audit(h Header, events []Event) error {
	a := &auditor{h: h, def: map[string]*Node{}, ended: map[string]Outcome{}, attempts: map[string]int{}, flying: map[string]bool{},
		done: map[string]Outcome{}, rerun: map[string]bool{}, preflight: map[Phase]bool{}, doubts: map[string]bool{}, asking: map[string]bool{}}
	for i := range h.Graph.Nodes {
		a.def[h.Graph.Nodes[i].ID] = &h.Graph.Nodes[i]
	}
	for _, e := range events {
		if err := a.event(e); err != nil {
			return fmt.Errorf("%s: %w", showEvent(e), err)
		}
		a.last = e
	}
	return a.end()
}

func (a *auditor) event(e Event) error {
	name := label(e.Node, e.Key)
	switch {
	case e.Seq != a.last.Seq+1:
		return fmt.Errorf("follows event %d", a.last.Seq)
	case e.T < a.last.T:
		return fmt.Errorf("is before %s", a.last.T)
	}
	switch e.Kind {
	case PreflightDone:
		a.preflight[e.Phase] = e.Outcome == Succeeded || e.Phase == PhaseCleanup
	case CancelRequested:
		a.cancelled = true
	case Reopened:
		return a.reopened()
	case Resumed:
		for name, flying := range a.flying {
			a.asking[name] = flying
		}
	case AttemptReconciled:
		if !a.asking[name] {
			return fmt.Errorf("nobody asked")
		}
		delete(a.asking, name)
		if a.rerun[name] = e.Verdict == VerdictRerun; a.rerun[name] {
			delete(a.flying, name)
		}
	case InDoubt:
		a.doubts[name] = true
		delete(a.flying, name)
	case Settled:
		delete(a.doubts, name)
		a.rerun[name] = e.Verdict == VerdictRerun
	case StepResolving, WaitStarted:
		return a.begins(e.Node)
	case AttemptStarted:
		return a.attempt(e, name)
	case AttemptEnded, RetryScheduled:
		delete(a.flying, name)
		delete(a.rerun, name)
	case StepEnded:
		return a.stepEnded(e, name)
	}
	return nil
}

// begins checks what must hold when a node begins anything.
func (a *auditor) begins(id string) error {
	n := a.def[id]
	exempt := n.Always || n.Phase == PhaseCleanup
	switch {
	case len(a.doubts) > 0 || len(a.asking) > 0:
		return fmt.Errorf("starts something new while %v %v are not accounted for", a.doubts, a.asking)
	case a.cancelled && !exempt:
		return fmt.Errorf("starts although the run was cancelled")
	case !a.preflight[n.Phase]:
		return fmt.Errorf("starts before the preflight of its phase")
	case a.ended[id] != "":
		return fmt.Errorf("starts after it has ended")
	}
	for _, need := range n.Needs {
		if a.ended[need] == "" {
			return fmt.Errorf("starts before %s has ended", need)
		}
		if !exempt && !a.satisfies(need) {
			return fmt.Errorf("starts although %s was %s", need, a.ended[need])
		}
	}
	for _, other := range a.def {
		earlier := phaseIndex(other.Phase) < phaseIndex(n.Phase)
		if earlier && a.ended[other.ID] == "" {
			return fmt.Errorf("starts before %s of %s has ended", other.ID, other.Phase)
		}
		if earlier && n.Phase != PhaseCleanup && !goodOutcome(other, a.ended[other.ID]) {
			return fmt.Errorf("starts although %s of %s was %s", other.ID, other.Phase, a.ended[other.ID])
		}
		waitsFor := n.Always && n.Phase != PhaseCleanup && !a.satisfiesAll(n) && other.Phase == n.Phase && !other.Always
		if waitsFor && a.ended[other.ID] == "" {
			return fmt.Errorf("clears up before %s has ended", other.ID)
		}
	}
	return nil
}

func (a *auditor) satisfies(id string) bool {
	n := a.def[id]
	return goodOutcome(n, a.ended[id]) && (!n.Always || a.satisfiesAll(n))
}

func (a *auditor) satisfiesAll(n *Node) bool {
	for _, need := range n.Needs {
		if a.def[need].Phase == n.Phase && !a.satisfies(need) {
			return false
		}
	}
	return true
}

func (a *auditor) attempt(e Event, name string) error {
	n := a.def[e.Node]
	want := a.attempts[name] + 1
	if a.rerun[name] {
		want--
	}
	switch {
	case a.flying[name]:
		return fmt.Errorf("starts while it is at work")
	case a.done[name] != "":
		return fmt.Errorf("starts although it is done")
	case e.Attempt != want:
		return fmt.Errorf("is not attempt %d", want)
	case e.Attempt > max(n.Retry.Attempts, 1):
		return fmt.Errorf("is one too many")
	case e.Deadline <= e.T:
		return fmt.Errorf("starts after its deadline")
	case n.Wait != WaitNone:
		return fmt.Errorf("a wait has no attempts")
	}
	err := a.begins(e.Node)
	a.attempts[name], a.rerun[name], a.flying[name] = e.Attempt, false, true
	siblings := 0
	for other := range a.flying {
		if nodeOf(other) == e.Node {
			siblings++
		}
	}
	switch limit := a.h.Graph.MaxParallel; {
	case limit > 0 && len(a.flying) > limit:
		return fmt.Errorf("is one of %d at a time", len(a.flying))
	case n.MaxParallel > 0 && siblings > n.MaxParallel:
		return fmt.Errorf("is one of %d of its step at a time", siblings)
	}
	return err
}

func (a *auditor) stepEnded(e Event, name string) error {
	if a.flying[name] {
		return fmt.Errorf("ends while it is at work")
	}
	delete(a.flying, name)
	n := a.def[e.Node]
	if n.ForEach && !e.Whole {
		a.done[name] = e.Outcome
		return nil
	}
	if a.ended[e.Node] != "" {
		return fmt.Errorf("ends twice")
	}
	for other := range a.flying {
		if nodeOf(other) == e.Node {
			return fmt.Errorf("ends while %s is at work", other)
		}
	}
	a.ended[e.Node] = e.Outcome
	if e.Outcome == UpstreamFailed && n.Phase == PhaseCleanup {
		return fmt.Errorf("cleanup has no upstream")
	}
	return nil
}

// reopened forgets what is to run again. Instances that ended well are not.
func (a *auditor) reopened() error {
	again := map[string]bool{}
	for id := range a.ended {
		again[id] = !a.satisfies(id)
	}
	maps.DeleteFunc(a.ended, func(id string, _ Outcome) bool { return again[id] })
	maps.DeleteFunc(a.done, func(name string, o Outcome) bool { return !goodOutcome(a.def[nodeOf(name)], o) })
	maps.DeleteFunc(a.attempts, func(name string, _ int) bool { return again[nodeOf(name)] && a.done[name] == "" })
	clear(a.preflight)
	a.cancelled = false
	return nil
}

func nodeOf(name string) string {
	id, _ := split(name)
	return id
}

// end checks what must hold after the last event.
func (a *auditor) end() error {
	if a.last.Kind == RunStopped {
		return nil
	}
	if a.last.Kind != RunEnded {
		return fmt.Errorf("the last event is %s", a.last.Kind)
	}
	if len(a.flying) > 0 {
		return fmt.Errorf("the run ends while %v are at work", a.flying)
	}
	for id, n := range a.def {
		switch o := a.ended[id]; {
		case o == "" && n.Phase != PhaseCleanup && a.last.Result != ResultRefused:
			return fmt.Errorf("the run ends before %s", id)
		case a.last.Result == ResultSucceeded && !goodOutcome(n, o):
			return fmt.Errorf("the run succeeds although %s was %q", id, o)
		case o == "" && n.Phase == PhaseCleanup && a.preflight[PhaseCleanup]:
			return fmt.Errorf("the cleanup leaves out %s", id)
		}
	}
	return nil
}
