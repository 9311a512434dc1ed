package steps

import (
	"context"
	"encoding/json"
	"time"
)

// Kind describes one step type.
type Kind struct {
	Type    string // the key in a plan: snake_case
	Summary string // one line, for lists
	Doc     string // Markdown, for the reference page; starts where Summary ends
	Example string // YAML of one complete step, validated by a test
	ByHand  string // Go template over the inputs: the commands a person would type; "" when there are none

	New     func() Step // a pointer to a config struct
	Outputs []Output
	Timeout time.Duration // default deadline over all attempts; above 0

	// Scalar and List name the fields that a bare value goes to, so that
	// `command: "ls"` and `command: [ls, -l]` are whole steps. Empty: not allowed.
	Scalar string
	List   string

	// BringsOf narrows Traits.Brings by a step's fields, whose expressions are not
	// evaluated yet; nil: it may bring all of that.
	BringsOf func(input json.RawMessage) Things

	Traits
}

// Traits are what others must know of a kind without knowing the kind.
type Traits struct {
	Wait     string // "", "timer", "approval", "duration": the engine waits, Run is never called
	Verifies bool   // success is evidence that the service is back
	Restores bool   // outputs data_source, recovery_point and backup_run
	Observes bool   // outputs data_source and recovery_point of a canary found in restored data
	Mutates  bool   // it changes something outside the run's own folder
	Cluster  bool   // it needs a Kubernetes cluster; ask NeedsCluster, which knows the fields too
	// WorldTells: Reconcile, and Run after it, read the world and nothing in Run.Dir,
	// so that it can tell on another machine as well. A kind of which that depends on
	// the fields is a WorldTeller.
	WorldTells bool
	Brings     Things // what may be missing before it and be there after it; in doubt more rather than less
}

// Names of outputs that reports read from kinds with Restores or Observes.
const (
	OutDataSource    = "data_source"    // string: which data, the same word for restore and canary, such as "etcd"
	OutRecoveryPoint = "recovery_point" // RFC 3339 with nanoseconds, UTC
	OutSchedule      = "schedule"       // string: what has carried a canary into the backup without this run; "" when nothing is said
	OutBackupRun     = "backup_run"     // the run that made the backup; "" when it was none
	OutDegraded      = "degraded"       // bool, of any kind: it came to its end only in part, which the plan accepts
	OutUnproven      = "unproven"       // string, of any kind: what it meant to prove and could not; "" when nothing is open
)

// OutputType is the type of an output, as expressions see it.
type OutputType string

// The output types.
const (
	String OutputType = "string"
	Int    OutputType = "int"
	Number OutputType = "number"
	Bool   OutputType = "bool"
	Time   OutputType = "time" // RFC 3339 string in JSON; a timestamp in expressions
	List   OutputType = "list" // of strings
	Map    OutputType = "map"  // string → any
)

// Output declares one output of a kind. Every declared output is present when
// Run succeeds; Run returns no others.
type Output struct {
	Name string
	Type OutputType
	Doc  string
}

// Outputs are what a step gives back: declared name → JSON-able value.
type Outputs map[string]any

// Step is a decoded step. It is decoded afresh for every attempt.
type Step interface {
	// Run does the work. It returns when the work is done, or soon after ctx is
	// done; a destructive section that cannot stop half way finishes or rolls
	// back first and says which in its error. A time-out is an error, always.
	// An error wrapped with Final is not tried again.
	Run(ctx context.Context, in *Run) (Outputs, error)
}

// Validator checks what the types cannot. It reads nothing but the config.
// Fields whose value is an expression are still empty when it is called with
// partial true. Each error should be a *FieldError.
type Validator interface {
	Validate(partial bool) error
}

// Preflighter reads the world and changes nothing.
type Preflighter interface {
	Preflight(ctx context.Context, in *Run) []Check
}

// EarlyPreflighter is asked when it is too early for Preflight: before the run's
// first phase and before the disaster, and where some fields are still to come from
// earlier steps. Those are empty, and Run.Partial says so. It checks what must hold
// whatever the steps before this one do, such as permissions, credentials and programs;
// Preflight follows before the step's own phase, or just before the step.
type EarlyPreflighter interface {
	PreflightEarly(ctx context.Context, in *Run) []Check
}

// Bounded is for a kind that changes a cluster and, in a drill, asks just before
// each change whether the namespace is one that the run made. It tells beforehand
// which those are. Some fields may be empty, because their expressions have no
// value yet.
type Bounded interface {
	Bounds() Bounds
}

// Bounds are the namespaces that a step names. "" is the whole cluster, or one
// that is not known yet.
type Bounds struct {
	Changes []string // what it changes; none: not known
	Makes   []string // those of them that it makes where they are not there
}

// Reconciler finds out, after a crash, what became of an attempt that was in
// flight. It changes nothing.
type Reconciler interface {
	Reconcile(ctx context.Context, in *Run) (Verdict, Outputs, error)
}

// WorldTeller says of one step what Traits.WorldTells says of a kind, and is asked
// instead.
type WorldTeller interface {
	WorldTells() bool
}

// Estimator predicts how long the step takes where there is no history. It may
// read the world, and changes nothing; ctx has a short deadline. An error says why
// there is no estimate. A dry run asks, when there is no folder yet: in.Dir is
// empty, and so is in.RunID.
type Estimator interface {
	Estimate(ctx context.Context, in *Run) (time.Duration, error)
}

// Previewer tells what Run would do in the world as it is, under the same terms as
// Estimator: it reads, and changes nothing. The first line is the sum, such as
// "would delete 3 and keep 5"; a few lines with names may follow. The kind bounds
// their number. An error says why it cannot be told.
type Previewer interface {
	Preview(ctx context.Context, in *Run) ([]string, error)
}

// Backgrounder goes on after Run has succeeded, until the phase of its step
// ends and ctx is cancelled; it is started again when a run is resumed in that
// phase. An error it returns is noted, and fails nothing by itself.
type Backgrounder interface {
	Background(ctx context.Context, in *Run, outputs Outputs) error
}

// Tidier removes from in.Dir what only a resume of this attempt would have needed,
// above all what may hold secrets. It is called once the attempt's end is on
// disk, perhaps by another process than the one that ran it. Of in, only Dir,
// StepID and Attempt are set.
type Tidier interface {
	Tidy(in *Run) error
}

// Waiter is what a kind with Traits.Wait must have: how long, and what a person
// is asked or told.
type Waiter interface {
	Wait() (d time.Duration, prompt string)
}

// Verdict is what Reconcile found.
type Verdict string

// The verdicts of Reconcile.
const (
	Done       Verdict = "done"        // the effect is there; Outputs hold
	Running    Verdict = "running"     // it goes on without us: Run is called with Attach set
	NeverBegun Verdict = "never_begun" // nothing was changed: run it
	Ended      Verdict = "failed"      // it ended, badly: the error says how
	Unknown    Verdict = "unknown"
)

// Check is the result of one preflight check.
type Check struct {
	Name    string        // snake_case, what --override takes, such as "disk_space"
	Err     error         // nil: it holds
	Hard    bool          // never yields to --override: a hash mismatch
	Message string        // what was found, where it holds
	Defer   bool          // its target does not exist yet: ask again just before the step
	Lacks   Things        // what it takes to hold: it is put off only where an earlier step may bring that; none: wherever Defer says so
	Passing time.Duration // so long what is wrong may take to pass by itself: a run that has begun asks again for as long
	Facts   []Fact        // what was found out on the way about the world, for the record
}

// Fact is something that a run found out about the world and that decides nothing,
// such as the version of a server.
type Fact struct {
	Of    string // what it is about, such as "cluster primary"
	Name  string // such as "kubernetes"
	Value string // such as "v1.33.4"
}
