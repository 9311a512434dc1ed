package engine

import "fmt"

// acceptEnded takes what an attempt returned. Work that was done counts only
// if it was done in time; what stopped an attempt decides how it ended.
func (m *Machine) acceptEnded(in Ended) error {
	_, at, err := m.find(in.Node, in.Key)
	if err != nil {
		return err
	}
	if (at.status != StatusRunning && at.status != StatusStopping) || at.attempt != in.Attempt {
		return fmt.Errorf("attempt %d of %s: %w", in.Attempt, label(in.Node, in.Key), ErrStale)
	}
	outputs, err := compact(in.Outputs)
	if err != nil {
		return fmt.Errorf("outputs of %s are no JSON: %w", label(in.Node, in.Key), err)
	}
	e := Event{Kind: AttemptEnded, Node: in.Node, Key: in.Key, Attempt: in.Attempt, Outputs: outputs, Error: in.Err, Final: in.Final, Output: in.Output}
	switch {
	case at.fate == TimedOut || m.now.T >= at.deadline:
		e.Outcome = TimedOut
	case in.Err == "":
		e.Outcome = Succeeded
	case at.fate == Cancelled:
		e.Outcome = Cancelled
	default:
		e.Outcome = Failed
	}
	if e.Outcome == TimedOut && e.Error == "" {
		e.Error = "it did its work, but after its time limit"
	}
	m.emit(e)
	return nil
}

func (m *Machine) acceptReconciled(in Reconciled) error {
	_, at, err := m.find(in.Node, in.Key)
	if err != nil {
		return err
	}
	if at.status != StatusReconciling || at.attempt != in.Attempt {
		return fmt.Errorf("verdict on attempt %d of %s: %w", in.Attempt, label(in.Node, in.Key), ErrStale)
	}
	switch in.Verdict {
	case VerdictDone, VerdictRunning, VerdictRerun, VerdictFailed, VerdictUnknown:
	default:
		return fmt.Errorf("verdict on %s: unknown verdict %q", label(in.Node, in.Key), in.Verdict)
	}
	outputs, err := compact(in.Outputs)
	if err != nil {
		return fmt.Errorf("outputs of %s are no JSON: %w", label(in.Node, in.Key), err)
	}
	m.emit(Event{Kind: AttemptReconciled, Node: in.Node, Key: in.Key, Attempt: in.Attempt,
		Verdict: in.Verdict, Outputs: outputs, Error: in.Err, Reason: in.Reason, Output: in.Output})
	return nil
}
