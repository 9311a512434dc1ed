package engine

import "encoding/json"

// State is all that the events of a run have brought about, as plain data:
// machines that have applied the same events have equal states, whatever
// process they ran in and however they came by the events.
type State struct {
	Seq         int64        `json:"seq"`
	Status      Status       `json:"status"`
	Result      Result       `json:"result,omitempty"`
	Reason      string       `json:"reason,omitempty"`
	Cancelled   bool         `json:"cancelled,omitempty"`
	CancelledBy string       `json:"cancelled_by,omitempty"`
	Began       bool         `json:"began,omitempty"`
	OnlyCleanup bool         `json:"only_cleanup,omitempty"`
	Plan        PlanRef      `json:"plan"`
	Phases      []PhaseState `json:"phases"`
	Nodes       []NodeState  `json:"nodes"`
}

// PhaseState is a phase in State. The counters are derived from the nodes.
type PhaseState struct {
	ID      Phase   `json:"id"`
	Status  Status  `json:"status"`
	Outcome Outcome `json:"outcome,omitempty"`
	Began   bool    `json:"began,omitempty"`
	Open    int     `json:"open,omitempty"`
	Bad     int     `json:"bad,omitempty"`
}

// NodeState is a node in State.
type NodeState struct {
	ID        string          `json:"id"`
	Status    Status          `json:"status"`
	Outcome   Outcome         `json:"outcome,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Error     string          `json:"error,omitempty"`
	Outputs   json.RawMessage `json:"outputs,omitempty"`
	When      bool            `json:"when,omitempty"`
	WaitFor   Span            `json:"wait_for,omitempty"`
	Prompt    string          `json:"prompt,omitempty"`
	Digest    string          `json:"digest,omitempty"`
	Begun     bool            `json:"begun,omitempty"`
	Started   Time            `json:"started,omitempty"`
	Ended     Time            `json:"ended,omitempty"`
	Settled   *Settlement     `json:"settled,omitempty"`
	Instances []InstanceState `json:"instances,omitempty"`
}

// InstanceState is an instance in State.
type InstanceState struct {
	Key      string          `json:"key,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	Status   Status          `json:"status"`
	Outcome  Outcome         `json:"outcome,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Error    string          `json:"error,omitempty"`
	By       string          `json:"by,omitempty"`
	Outputs  json.RawMessage `json:"outputs,omitempty"`
	Attempt  int             `json:"attempt,omitempty"`
	Rerun    bool            `json:"rerun,omitempty"`
	Final    bool            `json:"final,omitempty"`
	Fate     Outcome         `json:"fate,omitempty"`
	Verdict  Verdict         `json:"verdict,omitempty"`
	Begun    bool            `json:"begun,omitempty"`
	Started  Time            `json:"started,omitempty"`
	Ended    Time            `json:"ended,omitempty"`
	Limit    Time            `json:"limit,omitempty"`
	Deadline Time            `json:"deadline,omitempty"`
	Until    Time            `json:"until,omitempty"`
	Settled  *Settlement     `json:"settled,omitempty"`
}

// State returns a copy of the state.
func (m *Machine) State() State {
	s := State{Seq: m.seq, Status: m.run.status, Result: m.run.result, Reason: m.run.reason,
		Cancelled: m.run.cancelled, CancelledBy: m.run.cancelledBy, Began: m.run.began,
		OnlyCleanup: m.run.onlyCleanup, Plan: m.plan}
	for i := range m.phases {
		p := &m.phases[i]
		s.Phases = append(s.Phases, PhaseState{ID: p.id, Status: p.status, Outcome: p.outcome, Began: p.began, Open: p.open, Bad: p.bad})
	}
	for i := range m.nodes {
		s.Nodes = append(s.Nodes, m.nodes[i].state())
	}
	return s
}

func (n *node) state() NodeState {
	s := NodeState{ID: n.def.ID, Status: n.status, Outcome: n.outcome, Reason: n.reason, Error: n.err, Outputs: n.outputs,
		When: n.when, WaitFor: n.waitFor, Prompt: n.prompt, Digest: n.digest,
		Begun: n.begun, Started: n.started, Ended: n.ended, Settled: n.settled}
	for i := range n.instances {
		in := &n.instances[i]
		s.Instances = append(s.Instances, InstanceState{Key: in.key, Value: in.value, Status: in.status, Outcome: in.outcome,
			Reason: in.reason, Error: in.err, By: in.by, Outputs: in.outputs, Attempt: in.attempt, Rerun: in.rerun,
			Final: in.final, Fate: in.fate, Verdict: in.verdict, Begun: in.begun, Started: in.started, Ended: in.ended,
			Limit: in.limit, Deadline: in.deadline, Until: in.until, Settled: in.settled})
	}
	return s
}
