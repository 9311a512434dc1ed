package engine

import (
	"encoding/json"
	"time"
)

// EventKind names what an event records. The set is closed.
type EventKind string

// The events of a run, in the order in which a simple run has them.
const (
	RunStarted        EventKind = "run_started"
	PhaseStarted      EventKind = "phase_started"      // Phase
	PreflightDone     EventKind = "preflight_done"     // Phase, Checks, Outcome succeeded or failed
	StepResolving     EventKind = "step_resolving"     // Node: needs are satisfied; the driver is asked to resolve
	StepResolved      EventKind = "step_resolved"      // Node, When, Items, WaitFor, Digest, or Error
	AttemptStarted    EventKind = "attempt_started"    // Node, Key, Attempt, Deadline
	AttemptTimedOut   EventKind = "attempt_timed_out"  // the core gave up on the attempt; it is being stopped
	AttemptCancelled  EventKind = "attempt_cancelled"  // the run was cancelled; the attempt is being stopped
	AttemptEnded      EventKind = "attempt_ended"      // Node, Key, Attempt, Outcome, Outputs, Error
	RetryScheduled    EventKind = "retry_scheduled"    // Node, Key, Attempt (the next), Deadline (when)
	WaitStarted       EventKind = "wait_started"       // Node, Key, Deadline, WaitFor
	WaitEnded         EventKind = "wait_ended"         // Node, Key, Outcome, By, Simulated, WaitFor
	StepEnded         EventKind = "step_ended"         // Node, Key ("" and Whole for all instances together), Outcome, Reason, Outputs, Error
	PhaseEnded        EventKind = "phase_ended"        // Phase, Outcome
	CancelRequested   EventKind = "cancel_requested"   // By, Reason
	Resumed           EventKind = "resumed"            // Gap: how long drplan was not running; By; Reason where the wall clock had gone back
	AttemptReconciled EventKind = "attempt_reconciled" // Node, Key, Attempt, Verdict, Outputs, Error
	InDoubt           EventKind = "in_doubt"           // Node, Key, Attempt, Reason
	Settled           EventKind = "settled"            // Node, Key, Verdict done|failed|rerun, By, Reason
	Reopened          EventKind = "reopened"           // a failed run goes on: what did not succeed is pending again; Phase cleanup: nothing but the cleanup
	PlanChanged       EventKind = "plan_changed"       // Graph, Plan: an edited plan was accepted
	JournalCut        EventKind = "journal_cut"        // Reason: what a crash left after the last commit mark was cut
	Noted             EventKind = "noted"              // Node, Reason: something a reader should know; decides nothing
	RunStopped        EventKind = "run_stopped"        // closing: in doubt, interrupted; resumable. Reason
	RunEnded          EventKind = "run_ended"          // closing: Result, Reason
)

// Outcome says how a step, an instance, an attempt or a phase ended. The set is closed.
type Outcome string

// The outcomes.
const (
	Succeeded      Outcome = "succeeded"
	Failed         Outcome = "failed"
	TimedOut       Outcome = "timed_out"
	Cancelled      Outcome = "cancelled"
	Skipped        Outcome = "skipped"         // by its when, or an empty for_each; Reason says which
	UpstreamFailed Outcome = "upstream_failed" // never reached: something it needs did not succeed
)

// Result says how a run ended.
type Result string

// The results of a run.
const (
	ResultSucceeded Result = "succeeded"
	ResultFailed    Result = "failed"
	ResultCancelled Result = "cancelled"
	ResultRefused   Result = "refused" // preflight refused the first phase: nothing was changed
)

// Verdict answers what became of an attempt that was in flight when drplan died,
// or what a person says became of a step.
type Verdict string

// The verdicts.
const (
	VerdictDone    Verdict = "done"    // its effect is there; Outputs hold
	VerdictRunning Verdict = "running" // it goes on without us; attach to it
	VerdictRerun   Verdict = "rerun"   // never begun, or safe to do again
	VerdictFailed  Verdict = "failed"  // it ended, badly
	VerdictUnknown Verdict = "unknown" // nobody can tell: the step is in doubt
)

// Event is one record of a journal. Only the fields that its Kind names are set.
type Event struct {
	Seq  int64     `json:"seq"` // 1, 2, 3 … without gaps; the header has none
	T    Time      `json:"t"`   // nanoseconds on the run's clock
	Wall time.Time `json:"wall"`
	Kind EventKind `json:"event"`

	Phase   Phase  `json:"phase,omitempty"`
	Node    string `json:"node,omitempty"`
	Key     string `json:"key,omitempty"`   // the for_each instance
	Whole   bool   `json:"whole,omitempty"` // step_ended of a for_each node: all its instances together
	Attempt int    `json:"attempt,omitempty"`

	Outcome Outcome         `json:"outcome,omitempty"`
	Verdict Verdict         `json:"verdict,omitempty"`
	Result  Result          `json:"result,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Error   string          `json:"error,omitempty"`
	Final   bool            `json:"final,omitempty"`   // attempt_ended: another attempt cannot help
	Outputs json.RawMessage `json:"outputs,omitempty"` // object: output name → value; of a for_each node: key → such an object

	When      *bool    `json:"when,omitempty"`
	Items     []Item   `json:"items,omitempty"`
	Digest    string   `json:"digest,omitempty"`   // of the resolved inputs, secrets left out
	Deadline  Time     `json:"deadline,omitempty"` // on the run's clock
	WaitFor   Span     `json:"wait_for,omitempty"` // the wait's planned length
	Prompt    string   `json:"prompt,omitempty"`   // what a person is asked or told
	By        string   `json:"by,omitempty"`
	Simulated bool     `json:"simulated,omitempty"`
	Gap       Span     `json:"gap,omitempty"`
	Checks    []Check  `json:"checks,omitempty"`
	Facts     []Fact   `json:"facts,omitempty"`  // preflight_done: what was found out on the way
	Output    *Output  `json:"output,omitempty"` // attempt_ended, attempt_reconciled: what the step's programs had printed by then
	Graph     *Graph   `json:"graph,omitempty"`
	Plan      *PlanRef `json:"plan,omitempty"`
}

// Item is one instance of a for_each node: its key (unique among the node's
// items) and its value as JSON.
type Item struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// Check is the result of one preflight check.
type Check struct {
	Node     string `json:"node"`
	Name     string `json:"name"` // what --override takes
	OK       bool   `json:"ok"`
	Message  string `json:"message,omitempty"`
	Hard     bool   `json:"hard,omitempty"`     // does not yield to --override
	Deferred bool   `json:"deferred,omitempty"` // its target does not exist yet: it runs just before its step
	Early    bool   `json:"early,omitempty"`    // of a step of a later phase, whose preflight asks again
	Override string `json:"override,omitempty"` // the reason a person gave for going on all the same
}

// Fact is something about the world that decides nothing, such as the version of a
// server.
type Fact struct {
	Of    string `json:"of"` // what it is about, such as "cluster primary"
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Output is what a step's programs had printed into a file of the run's folder. The
// file may have grown since.
type Output struct {
	File   string `json:"file"` // below the run's folder, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hex, of the first Bytes bytes
}

// Passed reports whether the run may go on past the check.
func (c Check) Passed() bool { return c.OK || c.Deferred || (c.Override != "" && !c.Hard) }
