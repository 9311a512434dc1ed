package history

import (
	"time"

	"github.com/drplan/drplan/engine"
)

// Run is what one earlier run tells.
type Run struct {
	ID        string                       `json:"id"`
	At        time.Time                    `json:"at"`
	Preflight map[engine.Phase]engine.Span `json:"preflight,omitempty"` // how long the checks before a phase took, in nanoseconds
	Steps     map[string]Step              `json:"steps"`
	RTO       *engine.Span                 `json:"rto,omitempty"` // as reported; nil where the run has none, or an estimate
	Succeeded bool                         `json:"succeeded"`
}

// Step is how a step went in a run. All lengths are in nanoseconds.
type Step struct {
	Resolve   *engine.Span        `json:"resolve,omitempty"` // evaluating its expressions, and writing that down
	Skipped   bool                `json:"skipped,omitempty"` // its when was false
	Items     []string            `json:"items,omitempty"`   // keys, of a for_each step, in their order
	WaitFor   engine.Span         `json:"wait_for,omitempty"`
	Instances map[string]Instance `json:"instances,omitempty"` // by key; "" of a step without for_each
}

// Instance is one that came to an end by itself.
type Instance struct {
	Attempts []engine.Span `json:"attempts,omitempty"` // the last one succeeded, unless Failed
	Failed   bool          `json:"failed,omitempty"`   // for good, which the plan tolerates
	Answered *engine.Span  `json:"answered,omitempty"` // of a person's wait: after how long
}

// History is what earlier runs tell of one graph, newest first.
type History struct {
	Runs    []Run
	Passed  []Passed            // runs that do not count
	Changed map[string][]string // step → how it differs from what earlier runs had: those do not count for it
}

// Passed is a run that was passed over.
type Passed struct {
	Run    string `json:"run"`
	Reason string `json:"reason"`
}

// Last is how long the last attempt took, or how long a person took to answer.
func (in Instance) Last() (engine.Span, bool) {
	switch n := len(in.Attempts); {
	case n > 0:
		return in.Attempts[n-1], true
	case in.Answered != nil:
		return *in.Answered, true
	}
	return 0, false
}
