package engine

func (m *Machine) decideInstance(n *node, in *instance, at place) {
	cancelled := m.run.cancelled && !n.exempt()
	switch in.status {
	case StatusPending:
		m.decideTurn(n, in, at, cancelled)
	case StatusRetrying:
		m.decideRetrying(n, in, at, cancelled)
	case StatusRunning:
		m.decideRunning(n, in, cancelled)
	case StatusStopping:
		if m.now.T >= in.until {
			m.emit(Event{Kind: AttemptEnded, Node: n.def.ID, Key: in.key, Attempt: in.attempt,
				Outcome: in.fate, Reason: "did not stop", Final: true})
		}
	case StatusJudged:
		m.decideJudged(n, in)
	case StatusWaiting:
		m.decideWaiting(n, in, cancelled)
	case StatusReturned:
		m.decideReturned(n, in)
	}
}

// decideTurn is for an instance that is resolved and has not begun, or whose
// last attempt is to start again.
func (m *Machine) decideTurn(n *node, in *instance, at place, cancelled bool) {
	switch {
	case in.settled != nil:
		m.emit(Event{Kind: StepEnded, Node: n.def.ID, Key: in.key, Outcome: Succeeded,
			By: in.settled.By, Reason: settledReason(in.settled), Outputs: in.settled.Outputs})
	case cancelled:
		m.endInstance(n, in, Cancelled, "the run was cancelled")
	case in.begun && m.now.T >= in.limit:
		m.endInstance(n, in, TimedOut, "its time was over before it could start again")
	case n.def.Wait != WaitNone:
		m.beginWait(n, in)
	default:
		m.enqueue(in, at)
	}
}

// enqueue lets an instance start when a slot is free.
func (m *Machine) enqueue(in *instance, at place) {
	if !in.runnable {
		in.runnable = true
		m.runnable.push(at)
		m.arm(at)
	}
}

func (m *Machine) decideRetrying(n *node, in *instance, at place, cancelled bool) {
	switch {
	case cancelled:
		m.endInstance(n, in, Cancelled, "the run was cancelled")
	case m.now.T >= in.limit:
		m.endInstance(n, in, TimedOut, "its time was over before another attempt could start")
	case m.now.T >= in.until:
		m.enqueue(in, at)
	}
}

func (m *Machine) decideRunning(n *node, in *instance, cancelled bool) {
	switch {
	case m.now.T >= in.deadline:
		m.emit(Event{Kind: AttemptTimedOut, Node: n.def.ID, Key: in.key, Attempt: in.attempt})
	case cancelled:
		m.emit(Event{Kind: AttemptCancelled, Node: n.def.ID, Key: in.key, Attempt: in.attempt})
	}
}

// decideJudged ends an attempt of which a reconciliation or a person says what
// became of it. One that was being stopped is not started again.
func (m *Machine) decideJudged(n *node, in *instance) {
	e := Event{Kind: AttemptEnded, Node: n.def.ID, Key: in.key, Attempt: in.attempt,
		Outcome: Failed, Error: in.err, Reason: in.reason, Outputs: in.outputs, By: in.by}
	switch {
	case in.verdict == VerdictUnknown:
		m.emit(Event{Kind: InDoubt, Node: n.def.ID, Key: in.key, Attempt: in.attempt, Reason: in.reason})
		return
	case in.verdict == VerdictDone:
		e.Outcome, e.Error = Succeeded, ""
	case in.by != "": // a person's word is the last
		e.Final, e.Error = true, "failed, says "+in.by
	case in.fate != "":
		e.Outcome = in.fate
	}
	m.emit(e)
}

func (m *Machine) decideReturned(n *node, in *instance) {
	if at, ok := m.retryAt(n, in); ok {
		m.emit(Event{Kind: RetryScheduled, Node: n.def.ID, Key: in.key, Attempt: in.attempt + 1, Deadline: at})
		return
	}
	m.endInstance(n, in, in.outcome, in.reason)
}

// retryAt says when another attempt may start, if it may.
func (m *Machine) retryAt(n *node, in *instance) (Time, bool) {
	if n.def.Wait != WaitNone || in.final || in.attempt >= n.def.Retry.Attempts || m.run.cancelled && !n.exempt() {
		return 0, false
	}
	if in.outcome != Failed && in.outcome != TimedOut {
		return 0, false
	}
	at := addTime(m.now.T, backoff(m.header.RunID, n.def, in.key, in.attempt))
	return at, at < in.limit
}

// endInstance ends an instance, with the last attempt's error and outputs.
func (m *Machine) endInstance(n *node, in *instance, o Outcome, reason string) {
	m.emit(Event{Kind: StepEnded, Node: n.def.ID, Key: in.key, Outcome: o, Reason: reason,
		Error: in.err, By: in.by, Outputs: in.outputs})
}

// beginWait starts a wait. It takes no slot.
func (m *Machine) beginWait(n *node, in *instance) {
	if m.held() {
		return
	}
	e := Event{Kind: WaitStarted, Node: n.def.ID, Key: in.key, WaitFor: n.waitFor, Prompt: n.prompt}
	e.Deadline = addTime(m.now.T, n.def.Timeout)
	if n.def.Wait == WaitTimer {
		e.Deadline = addTime(m.now.T, n.waitFor)
	}
	m.emit(e)
}

func (m *Machine) decideWaiting(n *node, in *instance, cancelled bool) {
	e := Event{Kind: WaitEnded, Node: n.def.ID, Key: in.key, WaitFor: n.waitFor, Outcome: Succeeded}
	switch {
	case n.def.Wait == WaitTimer && m.now.T >= in.deadline && in.deadline <= in.limit:
	case n.def.Wait == WaitDuration && m.header.Options.SimulateWaits:
		e.Simulated = true
	case m.now.T >= in.limit:
		e.Outcome, e.Error = TimedOut, "nobody answered in time"
		if n.def.Wait == WaitTimer {
			e.Error = "the timer is longer than the step's timeout"
		}
	case cancelled:
		e.Outcome, e.Reason = Cancelled, "the run was cancelled"
	default:
		return
	}
	m.emit(e)
}
