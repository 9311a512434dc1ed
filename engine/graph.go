package engine

import (
	"encoding/json"
	"time"
)

// Phase is the part of a run a node belongs to. Phases run one after another,
// in the order of Phases; each is a barrier.
type Phase string

// The phases of a run. A recovery has only PhaseProcedure.
const (
	PhaseSetup     Phase = "setup"
	PhaseDisaster  Phase = "disaster"
	PhaseProcedure Phase = "procedure"
	PhaseChecks    Phase = "checks"
	PhaseCleanup   Phase = "cleanup"
)

// Phases lists every phase in the order in which they run.
var Phases = []Phase{PhaseSetup, PhaseDisaster, PhaseProcedure, PhaseChecks, PhaseCleanup}

// Wait says that a node does no work of its own: the core waits, no driver does.
type Wait string

// The waits the core owns.
const (
	WaitNone     Wait = ""
	WaitTimer    Wait = "timer"    // machine time: ends when the resolved duration is over
	WaitApproval Wait = "approval" // a person's: ends with an Answered input
	WaitDuration Wait = "duration" // a person's stopwatch: ends with an Answered input, or at once when waits are simulated
)

// People reports whether the wait is for a person rather than for a machine.
func (w Wait) People() bool { return w == WaitApproval || w == WaitDuration }

// Graph is a compiled plan: nodes in document order, each naming those it needs.
// It is serialised into the header of the journal, so a run needs nothing else
// to be resumed or reported.
type Graph struct {
	Nodes []Node `json:"nodes"`
	// MaxParallel bounds the attempts that run at one time; 0 means DefaultMaxParallel.
	MaxParallel int `json:"max_parallel,omitempty"`
}

// DefaultMaxParallel is the number of attempts that run at one time where a
// plan does not say.
const DefaultMaxParallel = 8

// Node is one step of the plan. A node with ForEach becomes one instance per
// item when it is resolved; any other node has exactly one instance, with an
// empty key.
type Node struct {
	ID    string   `json:"id"`   // unique in the graph
	Name  string   `json:"name"` // as people wrote it
	Type  string   `json:"type"` // the step kind
	Phase Phase    `json:"phase"`
	Needs []string `json:"needs,omitempty"` // ids, all of an equal or earlier phase

	Wait            Wait  `json:"wait,omitempty"`
	ForEach         bool  `json:"for_each,omitempty"`
	MaxParallel     int   `json:"max_parallel,omitempty"` // bounds this node's instances; 0: no bound of its own
	Retry           Retry `json:"retry,omitzero"`
	Timeout         Span  `json:"timeout"` // spans all attempts and back-offs; always above 0
	ContinueOnError bool  `json:"continue_on_error,omitempty"`
	Always          bool  `json:"always,omitempty"`

	// What a report needs to know of the kind; the core decides nothing by these.
	Verifies bool `json:"verifies,omitempty"` // its success is evidence that the service is back
	Restores bool `json:"restores,omitempty"` // its outputs name a data source and its recovery point
	Observes bool `json:"observes,omitempty"` // it found a canary in restored data: outputs name a newer recovery point
	Mutates  bool `json:"mutates,omitempty"`

	// Spec is the driver's: kind, input template, when, for_each, env, check. See steps.Spec.
	Spec json.RawMessage `json:"spec,omitempty"`
}

// Retry says how often a node is tried. The zero value is one attempt.
type Retry struct {
	Attempts       int  `json:"attempts,omitempty"`        // counts the first; 0 means 1
	Backoff        Span `json:"backoff,omitempty"`         // before the second attempt; doubles to MaxBackoff; 0 means DefaultBackoff
	AttemptTimeout Span `json:"attempt_timeout,omitempty"` // bounds one attempt; 0 means no bound but the node's Timeout
}

// Bounds of the back-off between attempts. The jitter is a hash of run, step
// and attempt, between 75 % and 100 % of the nominal value.
const (
	DefaultBackoff = time.Second
	MaxBackoff     = time.Minute
)

// StopGrace is how long a cancelled attempt may take to return before the core
// goes on without it.
const StopGrace = 2 * time.Minute

// Span is a length of time in nanoseconds; Time is a Span since the start of the run.
type Span = time.Duration
