package engine

import "encoding/json"

// Everything below changes in apply alone, except what is marked derived: that
// is computed from the rest and from the graph by Machine.index, and kept up to
// date so that no event costs a walk over the graph.

// run is the run as a whole.
type run struct {
	status      Status
	result      Result
	reason      string
	cancelled   bool
	cancelledBy string
	began       bool // some phase got past its preflight
	onlyCleanup bool // reopened for nothing but its cleanup
}

// phase is one of Phases.
type phase struct {
	id      Phase
	status  Status
	outcome Outcome
	began   bool // got past its preflight, ever

	// Derived.
	nodes  []int // positions
	always []int
	open   int // nodes that have not ended
	normal int // those of them that are not always
	bad    int // nodes that ended badly
	failed int // those of them that were not merely cancelled
}

// node is one node of the graph.
type node struct {
	def     *Node
	pos     int
	phase   *phase
	status  Status
	outcome Outcome
	reason  string
	err     string
	outputs json.RawMessage

	when    bool
	waitFor Span
	prompt  string
	digest  string

	begun          bool // an attempt or a wait of it has started since it was last pending
	started, ended Time
	settled        *Settlement // to end as done by hand
	instances      []instance
	items          map[string]int // of a for_each node: key → position in instances

	// Derived. Needs of earlier phases do not count: the barrier has held them.
	dependents  []int
	open        int  // needs that have not ended
	bad         int  // needs that do not satisfy
	badReal     int  // those of them behind which there is a failure, not just a cancel
	spoiled     bool // it does not satisfy, nor will it
	spoiledReal bool
	openItems   int
	slots       int // attempts in flight
	parked      places
	queued      bool // in Machine.changed
}

// instance is one item of a for_each node, or the only instance of another.
type instance struct {
	key     string
	value   json.RawMessage
	status  Status
	outcome Outcome
	reason  string
	err     string
	by      string
	outputs json.RawMessage

	attempt        int
	rerun          bool // the same attempt is to start again
	final          bool // no further attempt
	fate           Outcome
	verdict        Verdict
	begun          bool
	started, ended Time
	limit          Time // of all attempts together; fixed when the first starts
	deadline       Time // of the attempt; the planned end of a wait
	until          Time // the end of the back-off, or of the grace given to an attempt to stop
	settled        *Settlement

	// Derived.
	runnable bool // in Machine.runnable or parked
	queued   bool // in Machine.changed
}

// Settlement is what a person said about a step that had ended badly.
type Settlement struct {
	By      string          `json:"by,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Outputs json.RawMessage `json:"outputs,omitempty"`
}

// position finds an instance by its key.
func (n *node) position(key string) (int, bool) {
	if !n.def.ForEach {
		return 0, key == "" && len(n.instances) == 1
	}
	i, ok := n.items[key]
	return i, ok
}

// exempt reports whether a cancel lets the node run all the same.
func (n *node) exempt() bool { return n.def.Always || n.def.Phase == PhaseCleanup }

// good reports whether the node ended such that the run has not gone badly.
func (n *node) good() bool { return n.status == StatusEnded && goodOutcome(n.def, n.outcome) }

func goodOutcome(def *Node, o Outcome) bool {
	switch o {
	case Succeeded, Skipped:
		return true
	case Failed, TimedOut:
		return def.ContinueOnError
	}
	return false
}

// satisfies reports whether what needs the node may run. An always node that
// ran although something it needs did not succeed cleared up after a failure;
// what needs it was meant for the other case.
func (n *node) satisfies() bool { return n.good() && !(n.def.Always && n.bad > 0) }

// kept reports whether a run that is reopened keeps the node as it ended.
func (n *node) kept() bool { return n.satisfies() }

// due is when an instance is to be looked at although nothing happens to it.
func (in *instance) due(w Wait) (Time, bool) {
	switch in.status {
	case StatusRunning:
		return in.deadline, true
	case StatusStopping:
		return in.until, true
	case StatusRetrying:
		if !in.runnable {
			return in.until, true
		}
		return in.limit, true
	case StatusPending:
		return in.limit, in.begun
	case StatusWaiting:
		if w == WaitTimer {
			return min(in.deadline, in.limit), true
		}
		return in.limit, true
	}
	return 0, false
}
