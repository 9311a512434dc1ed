package engine

import "slices"

// Ready hands out what the driver does next, once. It makes the decisions that
// are still to be made, and it is the one to close a run that can only go on
// after a person has settled what is in doubt.
func (m *Machine) Ready() Ready {
	m.decide()
	m.stopInDoubt()
	rd := m.out
	m.out = Ready{}
	m.sitting = false
	if !m.live {
		return Ready{Events: rd.Events, Closed: m.closed()}
	}
	rd.Resolve = slices.DeleteFunc(rd.Resolve, m.notResolving)
	rd.Asked = slices.DeleteFunc(rd.Asked, func(a Attempt) bool { return !m.stands(a, StatusWaiting) })
	rd.Cancel = slices.DeleteFunc(rd.Cancel, func(a Attempt) bool { return !m.stands(a, StatusStopping) })
	return rd
}

func (m *Machine) notResolving(id string) bool {
	n, err := m.node(id)
	return err != nil || n.status != StatusResolving
}

// stands reports whether an instance is still in the status in which it was to
// be handed out.
func (m *Machine) stands(a Attempt, s Status) bool {
	_, in, err := m.find(a.Node, a.Key)
	return err == nil && in.status == s && in.attempt == a.Attempt
}

// act notes what an event has the driver do. It is not part of the state: a
// replayed event has nobody do anything.
func (m *Machine) act(e *Event) {
	out := &m.out
	switch e.Kind {
	case PhaseStarted:
		out.Preflight = append(out.Preflight, e.Phase)
	case StepResolving:
		out.Resolve = append(out.Resolve, e.Node)
	case AttemptStarted:
		out.Start = append(out.Start, Attempt{Node: e.Node, Key: e.Key, Attempt: e.Attempt, Deadline: e.Deadline})
	case AttemptTimedOut:
		m.stop(e, TimedOut)
	case AttemptCancelled:
		m.stop(e, Cancelled)
	case WaitStarted:
		m.askPeople(e)
	case AttemptReconciled:
		if e.Verdict == VerdictRunning {
			m.attach(e)
		}
	case Resumed:
		m.takeUp()
	case PlanChanged: // what is pending again will be asked for anew
		out.Resolve = slices.DeleteFunc(out.Resolve, m.notResolving)
	}
}

func (m *Machine) stop(e *Event, why Outcome) {
	m.out.Cancel = append(m.out.Cancel, Attempt{Node: e.Node, Key: e.Key, Attempt: e.Attempt, Reason: string(why)})
}

func (m *Machine) askPeople(e *Event) {
	if n, in, err := m.find(e.Node, e.Key); err == nil && n.def.Wait.People() {
		m.out.Asked = append(m.out.Asked, asked(n, in))
	}
}

func asked(n *node, in *instance) Attempt {
	return Attempt{Node: n.def.ID, Key: in.key, Deadline: in.limit, Prompt: n.prompt}
}

// attach has the driver wait for an attempt that goes on without it, and stop
// it if it was to be stopped.
func (m *Machine) attach(e *Event) {
	_, in, err := m.find(e.Node, e.Key)
	if err != nil {
		return
	}
	m.out.Start = append(m.out.Start, Attempt{Node: e.Node, Key: e.Key, Attempt: e.Attempt, Deadline: in.deadline, Attach: true})
	if in.fate != "" {
		m.stop(e, in.fate)
	}
}

// takeUp hands out again what a former process has left undone.
func (m *Machine) takeUp() {
	out := &m.out
	for i := range m.phases {
		if m.phases[i].status == StatusPreflight {
			out.Preflight = append(out.Preflight, m.phases[i].id)
		}
	}
	for i := range m.nodes {
		n := &m.nodes[i]
		if n.status == StatusResolving {
			out.Resolve = append(out.Resolve, n.def.ID)
		}
		for j := range n.instances {
			switch in := &n.instances[j]; {
			case in.status == StatusReconciling:
				out.Reconcile = append(out.Reconcile, Attempt{Node: n.def.ID, Key: in.key, Attempt: in.attempt, Deadline: in.deadline})
			case in.status == StatusWaiting && n.def.Wait.People():
				out.Asked = append(out.Asked, asked(n, in))
			}
		}
	}
}
