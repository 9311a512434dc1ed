package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// recordsOnly lists the inputs with which a driver takes a run up: nothing is
// decided between them.
func recordsOnly(in Input) bool {
	switch in.(type) {
	case Resume, Settle, ChangePlan, Reopen, Cut, Note:
		return true
	}
	return false
}

// accept turns an input into the event that records it, or refuses it.
func (m *Machine) accept(in Input) error {
	switch in := in.(type) {
	case Start:
		return m.acceptStart()
	case Resume:
		return m.acceptResume(in)
	case Reopen:
		return m.acceptReopen(in)
	case ChangePlan:
		return m.acceptPlan(in)
	case Settle:
		return m.acceptSettle(in)
	case Cut:
		return m.record(Event{Kind: JournalCut, Reason: in.Reason})
	case Note:
		return m.record(Event{Kind: Noted, Node: in.Node, Reason: in.Reason})
	}
	if !m.live {
		return m.notLive()
	}
	switch in := in.(type) {
	case PreflightResult:
		return m.acceptPreflight(in)
	case Resolved:
		return m.acceptResolved(in)
	case Ended:
		return m.acceptEnded(in)
	case Answered:
		return m.acceptAnswered(in)
	case Reconciled:
		return m.acceptReconciled(in)
	case Cancel:
		if !m.run.cancelled {
			m.emit(Event{Kind: CancelRequested, By: in.By, Reason: in.Reason})
		}
		return nil
	case Interrupt:
		m.emit(Event{Kind: RunStopped, By: in.By, Reason: "interrupted"})
		return nil
	}
	return fmt.Errorf("unknown input %T", in)
}

func (m *Machine) notLive() error {
	switch m.run.status {
	case StatusPending:
		return fmt.Errorf("%w: start it first", ErrClosed)
	case StatusEnded:
		return fmt.Errorf("%w: it has ended", ErrClosed)
	}
	return fmt.Errorf("%w: resume it first", ErrClosed)
}

func (m *Machine) acceptStart() error {
	if m.run.status != StatusPending {
		return fmt.Errorf("%w: it has started already", ErrClosed)
	}
	m.live, m.sitting = true, true
	m.emit(Event{Kind: RunStarted})
	return nil
}

// record writes down something that decides nothing.
func (m *Machine) record(e Event) error {
	if m.closed() && e.Kind == Noted {
		return fmt.Errorf("%w: nothing more is noted", ErrClosed)
	}
	m.emit(e)
	return nil
}

func (m *Machine) acceptPreflight(in PreflightResult) error {
	i := phaseIndex(in.Phase)
	if i < 0 || m.phases[i].status != StatusPreflight {
		return fmt.Errorf("preflight of %s: %w", in.Phase, ErrStale)
	}
	outcome := Succeeded
	for _, c := range in.Checks {
		if !c.Passed() {
			outcome = Failed
		}
	}
	m.emit(Event{Kind: PreflightDone, Phase: in.Phase, Checks: in.Checks, Facts: in.Facts, Outcome: outcome})
	return nil
}

func (m *Machine) acceptResolved(in Resolved) error {
	n, err := m.node(in.Node)
	if err != nil {
		return err
	}
	if n.status != StatusResolving {
		return fmt.Errorf("expressions of %s: %w", in.Node, ErrStale)
	}
	e := Event{Kind: StepResolved, Node: in.Node, Error: in.Err}
	if in.Err == "" {
		e.When, e.WaitFor, e.Prompt, e.Digest = &in.When, max(in.WaitFor, 0), in.Prompt, in.Digest
		if n.def.ForEach && in.When {
			e.Items, e.Error = checkItems(in.Items)
		}
	}
	m.emit(e)
	return nil
}

// checkItems returns the items as the journal will have them, or says what is
// wrong with them: their keys name the instances.
func checkItems(items []Item) (out []Item, wrong string) {
	seen := make(map[string]bool, len(items))
	for _, it := range items {
		switch value, err := compact(it.Value); {
		case it.Key == "":
			return nil, "for_each has an item with an empty key"
		case seen[it.Key]:
			return nil, fmt.Sprintf("for_each has the key %q twice", it.Key)
		case err != nil:
			return nil, fmt.Sprintf("for_each: the item %q is no JSON: %v", it.Key, err)
		default:
			seen[it.Key] = true
			if value == nil {
				value = json.RawMessage("null")
			}
			out = append(out, Item{Key: it.Key, Value: value})
		}
	}
	return out, ""
}

func (m *Machine) acceptAnswered(in Answered) error {
	n, at, err := m.find(in.Node, in.Key)
	if err != nil {
		return err
	}
	if at.status != StatusWaiting || !n.def.Wait.People() {
		return fmt.Errorf("answer to %s: %w", label(in.Node, in.Key), ErrStale)
	}
	e := Event{Kind: WaitEnded, Node: in.Node, Key: in.Key, Outcome: Succeeded, By: in.By, Reason: in.Reason, WaitFor: n.waitFor}
	if !in.OK {
		e.Outcome, e.Error = Failed, "rejected by "+in.By
		if in.Reason != "" {
			e.Error += ": " + in.Reason
		}
	}
	m.emit(e)
	return nil
}

// compact gives JSON the one form in which it is kept. Null is nothing.
func compact(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return nil, err
	}
	if out.String() == "null" {
		return nil, nil
	}
	return out.Bytes(), nil
}

// label names an instance as people see it.
func label(node, key string) string {
	if key == "" {
		return node
	}
	return node + "[" + key + "]"
}
