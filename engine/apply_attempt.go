package engine

func (m *Machine) applyAttempt(e *Event) error {
	n, in, err := m.find(e.Node, e.Key)
	if err != nil {
		return err
	}
	switch e.Kind {
	case AttemptStarted:
		n.begin(in, e.T)
		in.attempt, in.deadline, in.rerun = e.Attempt, e.Deadline, false
		in.fate, in.verdict, in.err, in.reason, in.by, in.outputs = "", "", "", "", "", nil
		m.move(n, in, StatusRunning)
	case AttemptTimedOut:
		in.fate, in.until = TimedOut, addTime(e.T, StopGrace)
		m.move(n, in, StatusStopping)
	case AttemptCancelled:
		in.fate, in.until = Cancelled, addTime(e.T, StopGrace)
		m.move(n, in, StatusStopping)
	case AttemptEnded:
		in.outcome, in.reason, in.err, in.by, in.outputs, in.final = e.Outcome, e.Reason, e.Error, e.By, e.Outputs, e.Final
		m.move(n, in, StatusReturned)
	case RetryScheduled:
		in.until = e.Deadline
		m.move(n, in, StatusRetrying)
	case AttemptReconciled:
		in.verdict, in.reason = e.Verdict, e.Reason
		if e.Verdict == VerdictDone || e.Verdict == VerdictFailed {
			in.outputs, in.err = e.Outputs, e.Error
		}
		m.move(n, in, in.reconciled(e))
	case InDoubt:
		in.reason = e.Reason
		m.move(n, in, StatusInDoubt)
	}
	return nil
}

// begin notes the first start of a node and of an instance: from there its
// Timeout counts, through every retry and every resume.
func (n *node) begin(in *instance, t Time) {
	if !n.begun {
		n.begun, n.started = true, t
	}
	if !in.begun {
		in.begun, in.started, in.limit = true, t, addTime(t, n.def.Timeout)
	}
}

// reconciled is the status that a verdict on an attempt leads to. An attempt
// that was being stopped keeps its fate, unless it had done its work.
func (in *instance) reconciled(e *Event) Status {
	switch {
	case e.Verdict == VerdictRunning && in.fate == "":
		return StatusRunning
	case e.Verdict == VerdictRunning:
		in.until = addTime(e.T, StopGrace)
		return StatusStopping
	case e.Verdict == VerdictRerun && in.fate == "":
		in.rerun = true
		return StatusPending
	}
	return StatusJudged
}

func (m *Machine) applyWait(e *Event) error {
	n, in, err := m.find(e.Node, e.Key)
	if err != nil {
		return err
	}
	if e.Kind == WaitStarted {
		n.begin(in, e.T)
		in.deadline = e.Deadline
		m.move(n, in, StatusWaiting)
		return nil
	}
	in.outcome, in.reason, in.err, in.by = e.Outcome, e.Reason, e.Error, e.By
	m.move(n, in, StatusReturned)
	return nil
}

// applySettled takes a person's word on an attempt in doubt; of a run that has
// ended it is kept until the run is reopened.
func (m *Machine) applySettled(e *Event) error {
	said := &Settlement{By: e.By, Reason: e.Reason, Outputs: e.Outputs}
	if e.Verdict != VerdictDone {
		said = nil
	}
	if m.closed() && e.Key == "" {
		n, err := m.node(e.Node)
		if err == nil {
			n.settled = said
		}
		return err
	}
	n, in, err := m.find(e.Node, e.Key)
	switch {
	case err != nil:
		return err
	case m.closed():
		in.settled = said
	case e.Verdict == VerdictRerun:
		in.rerun, in.fate = true, ""
		m.move(n, in, StatusPending)
	default:
		in.verdict, in.outputs, in.by, in.reason, in.err = e.Verdict, e.Outputs, e.By, e.Reason, ""
		m.move(n, in, StatusJudged)
	}
	return nil
}
