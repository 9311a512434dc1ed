package engine

import (
	"encoding/json"
	"iter"
)

// View reads the state of a run. It copies nothing until it is asked, and is
// good until the machine's next Step, Tick or Ready.
type View struct{ m *Machine }

// View returns a view of the state.
func (m *Machine) View() View { return View{m} }

// RunView is the run as a whole.
type RunView struct {
	Status    Status // pending, running, stopped, ended
	Result    Result // "" until it has ended
	Reason    string
	Cancelled bool
	InDoubt   int // instances
	InFlight  int // attempts
	Now       Time
}

// PhaseView is one phase.
type PhaseView struct {
	ID      Phase
	Status  Status // pending, preflight, refused, running, ended
	Outcome Outcome
	Nodes   int
	Open    int // nodes that have not ended
}

// NodeView is one node. The embedded definition is the graph's: read only.
type NodeView struct {
	*Node
	Status  Status // pending, resolving, running, ended
	Outcome Outcome
	Reason  string
	Error   string
	Outputs json.RawMessage
	Begun   bool // an attempt or a wait has started
	Started Time // of the first; of a node that never began the time at which it ended
	Ended   Time
	n       *node
}

// InstanceView is one instance of a node.
type InstanceView struct {
	Key      string
	Value    json.RawMessage // the item, of a for_each node
	Status   Status
	Outcome  Outcome
	Reason   string
	Error    string
	Outputs  json.RawMessage
	Attempt  int
	Begun    bool
	Started  Time
	Ended    Time
	Deadline Time // of the attempt; the planned end of a wait
	Limit    Time // of all attempts together; 0 until the first
	Until    Time // the end of a back-off
}

// Run returns the run as a whole.
func (v View) Run() RunView {
	m := v.m
	return RunView{Status: m.run.status, Result: m.run.result, Reason: m.run.reason, Cancelled: m.run.cancelled,
		InDoubt: m.doubts, InFlight: m.slots, Now: m.now.T}
}

// GoesOn is nil when the run can be resumed, or reopened where it has ended;
// else the reason that a driver would be given.
func (v View) GoesOn() error {
	if v.m.run.status != StatusEnded {
		return nil
	}
	return v.m.goesOn()
}

// CanSettle is nil when a run that has ended would take a person's word and go
// on with it; else the reason that a driver would be given.
func (v View) CanSettle(in Settle) error {
	if err := v.m.settleEnded(in); err != nil {
		return err
	}
	return v.m.goesOn()
}

// Graph returns the graph that the run follows now; read only.
func (v View) Graph() *Graph { return &v.m.graph }

// Plan names the plan's bytes that the run follows now.
func (v View) Plan() PlanRef { return v.m.plan }

// Phase returns one phase; a zero view for an unknown one.
func (v View) Phase(id Phase) PhaseView {
	i := phaseIndex(id)
	if i < 0 {
		return PhaseView{}
	}
	p := &v.m.phases[i]
	return PhaseView{ID: id, Status: p.status, Outcome: p.outcome, Nodes: len(p.nodes), Open: p.open}
}

// Node returns one node.
func (v View) Node(id string) (NodeView, bool) {
	pos, ok := v.m.byID[id]
	if !ok {
		return NodeView{}, false
	}
	return v.m.nodes[pos].view(), true
}

// Nodes yields every node in document order.
func (v View) Nodes() iter.Seq[NodeView] {
	return func(yield func(NodeView) bool) {
		for i := range v.m.nodes {
			if !yield(v.m.nodes[i].view()) {
				return
			}
		}
	}
}

func (n *node) view() NodeView {
	return NodeView{Node: n.def, Status: n.status, Outcome: n.outcome, Reason: n.reason, Error: n.err,
		Outputs: n.outputs, Begun: n.begun, Started: n.started, Ended: n.ended, n: n}
}

// Instance returns one instance; key is "" where the node has no for_each.
func (n NodeView) Instance(key string) (InstanceView, bool) {
	i, ok := n.n.position(key)
	if !ok {
		return InstanceView{}, false
	}
	return n.n.instances[i].view(), true
}

// Instances yields the node's instances in the order of their items; none
// before it is resolved.
func (n NodeView) Instances() iter.Seq[InstanceView] {
	return func(yield func(InstanceView) bool) {
		for i := range n.n.instances {
			if !yield(n.n.instances[i].view()) {
				return
			}
		}
	}
}

func (in *instance) view() InstanceView {
	return InstanceView{Key: in.key, Value: in.value, Status: in.status, Outcome: in.outcome, Reason: in.reason,
		Error: in.err, Outputs: in.outputs, Attempt: in.attempt, Begun: in.begun, Started: in.started, Ended: in.ended,
		Deadline: in.deadline, Limit: in.limit, Until: in.until}
}
