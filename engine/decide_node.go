package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
)

func (m *Machine) decideNode(n *node) {
	switch n.status {
	case StatusPending:
		m.decidePending(n)
	case StatusResolving:
		if m.run.cancelled && !n.exempt() {
			m.end(n, Cancelled, "the run was cancelled")
		}
	case StatusRunning:
		m.decideResolved(n)
	}
}

// decidePending begins a node, or ends it if it will never begin.
func (m *Machine) decidePending(n *node) {
	if n.settled != nil {
		m.emit(Event{Kind: StepEnded, Node: n.def.ID, Whole: n.def.ForEach, Outcome: Succeeded,
			By: n.settled.By, Reason: settledReason(n.settled), Outputs: n.settled.Outputs})
		return
	}
	if n.phase.status != StatusRunning {
		return
	}
	if !n.exempt() && (n.bad > 0 || m.run.cancelled) {
		m.drop(n)
		return
	}
	if n.open == 0 && !m.held() && !n.clearsUpLater() {
		m.emit(Event{Kind: StepResolving, Node: n.def.ID})
	}
}

// clearsUpLater reports whether an always step, after a failure of what it
// needs, still waits for the rest of its phase. In the cleanup every step is
// for clearing up, and none waits for more than it needs.
func (n *node) clearsUpLater() bool {
	return n.def.Always && n.def.Phase != PhaseCleanup && n.bad > 0 && n.phase.normal > 0
}

func settledReason(s *Settlement) string {
	reason := "done by hand"
	if s.By != "" {
		reason += ", says " + s.By
	}
	if s.Reason != "" {
		reason += ": " + s.Reason
	}
	return reason
}

// drop ends a node that will never begin: behind a failure it was not reached,
// otherwise the cancel of the run is what became of it.
func (m *Machine) drop(n *node) {
	switch behind := m.firstBad(n); {
	case n.badReal > 0 || n.bad > 0 && !m.run.cancelled:
		m.end(n, UpstreamFailed, behind)
	case m.run.cancelled:
		m.end(n, Cancelled, "the run was cancelled")
	}
}

// firstBad says which need keeps the node from running.
func (m *Machine) firstBad(n *node) string {
	for _, id := range n.def.Needs {
		need := &m.nodes[m.byID[id]]
		switch {
		case need.phase != n.phase:
		case need.status == StatusEnded && !need.good():
			return fmt.Sprintf("needs %s: %s", id, need.outcome)
		case need.spoiled:
			return fmt.Sprintf("needs %s, which only clears up after a failure", id)
		}
	}
	return ""
}

// end ends a node none of whose instances is at work.
func (m *Machine) end(n *node, o Outcome, reason string) {
	m.emit(Event{Kind: StepEnded, Node: n.def.ID, Whole: n.def.ForEach, Outcome: o, Reason: reason})
}

// decideResolved ends a resolved node once nothing of it is left to do.
func (m *Machine) decideResolved(n *node) {
	switch {
	case n.err != "":
		m.emit(Event{Kind: StepEnded, Node: n.def.ID, Whole: n.def.ForEach, Outcome: Failed, Error: n.err})
	case !n.when:
		m.end(n, Skipped, "when is false")
	case n.def.ForEach && len(n.instances) == 0:
		m.end(n, Skipped, "for_each is empty")
	case n.def.ForEach && n.openItems == 0:
		m.endWhole(n)
	}
}

// endWhole ends a for_each node after the last of its instances. It ended as
// the worst of them.
func (m *Machine) endWhole(n *node) {
	e := Event{Kind: StepEnded, Node: n.def.ID, Whole: true, Outcome: Succeeded, Outputs: wholeOutputs(n.instances)}
	bad := 0
	for i := range n.instances {
		in := &n.instances[i]
		if in.outcome == Succeeded {
			continue
		}
		if bad++; worse(in.outcome, e.Outcome) {
			e.Outcome, e.Error = in.outcome, ""
		}
		if e.Error == "" && in.outcome == e.Outcome && in.err != "" {
			e.Error = label(n.def.ID, in.key) + ": " + in.err
		}
	}
	if bad > 0 {
		e.Reason = fmt.Sprintf("%d of %d did not succeed", bad, len(n.instances))
	}
	m.emit(e)
}

// worse orders the outcomes of instances.
func worse(a, b Outcome) bool { return badness[a] > badness[b] }

var badness = map[Outcome]int{Succeeded: 0, Cancelled: 1, TimedOut: 2, Failed: 3}

// wholeOutputs is an object of the instances' outputs by key, in the order of
// the items.
func wholeOutputs(instances []instance) json.RawMessage {
	var b bytes.Buffer
	for i := range instances {
		in := &instances[i]
		if len(in.outputs) == 0 {
			continue
		}
		b.WriteByte("{,"[min(b.Len(), 1)])
		key, _ := encode(in.key) // a string always encodes
		b.Write(key)
		b.WriteByte(':')
		b.Write(in.outputs)
	}
	if b.Len() == 0 {
		return nil
	}
	b.WriteByte('}')
	return b.Bytes()
}
