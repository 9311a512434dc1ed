package engine

import "encoding/json"

// Input is something that happened outside the core. The set is closed.
type Input interface{ input() }

type (
	// Start begins a new run.
	Start struct{}

	// PreflightResult answers Ready.Preflight.
	PreflightResult struct {
		Phase  Phase
		Checks []Check
		Facts  []Fact
	}

	// Resolved answers Ready.Resolve. When, Items and WaitFor are computed once and never again.
	Resolved struct {
		Node    string
		When    bool   // false: the step is skipped
		Items   []Item // for_each nodes only
		WaitFor Span   // waits only: how long (of a person's wait: as planned)
		Prompt  string // waits only
		Digest  string
		Err     string // the expressions could not be evaluated: the step fails
	}

	// Ended says that an attempt returned.
	Ended struct {
		Node, Key string
		Attempt   int
		Outputs   json.RawMessage
		Err       string // empty: it succeeded
		Final     bool   // the error is such that another attempt cannot help
		Output    *Output
	}

	// Answered ends a person's wait.
	Answered struct {
		Node, Key string
		OK        bool // false: rejected
		By        string
		Reason    string
	}

	// Cancel asks the run to stop in good order: nothing more starts but always and cleanup.
	Cancel struct{ By, Reason string }

	// Resume is the first input after Replay: a new process drives the run. Every
	// attempt that was in flight is then handed out by Ready.Reconcile.
	Resume struct {
		Gap    Span
		By     string // who drives it now, user@host
		Reason string
	}

	// Reconciled answers Ready.Reconcile.
	Reconciled struct {
		Node, Key string
		Attempt   int
		Verdict   Verdict
		Outputs   json.RawMessage
		Err       string
		Reason    string // how the verdict was reached
		Output    *Output
	}

	// Settle is a person's verdict (done, failed, rerun) on a step that is in doubt, or on a step that
	// failed and was then done by hand.
	Settle struct {
		Node, Key string
		Verdict   Verdict
		By        string
		Reason    string
		Outputs   json.RawMessage
	}

	// Reopen lets a run that ended badly go on: what succeeded is kept, the rest is pending again.
	// It is refused after a run that succeeded, and after a cleanup that has begun.
	// OnlyCleanup runs nothing but the cleanup that --keep-on-failure left.
	Reopen struct {
		By          string
		Reason      string
		OnlyCleanup bool
	}

	// ChangePlan replaces the graph (before Reopen or right after Resume). It is refused when a node
	// that has ended well is missing from the new graph or differs in it (Node.Digest).
	ChangePlan struct {
		Graph Graph
		Plan  PlanRef
		By    string
	}

	// Note records something a reader should know. Node may be empty.
	Note struct{ Node, Reason string }

	// Cut records that Open cut an uncommitted tail off the journal.
	Cut struct{ Reason string }

	// Interrupt is the second Ctrl-C: the process leaves now. The run is closed as stopped, resumable.
	Interrupt struct{ By string }
)

func (Start) input()           {}
func (PreflightResult) input() {}
func (Resolved) input()        {}
func (Ended) input()           {}
func (Answered) input()        {}
func (Cancel) input()          {}
func (Resume) input()          {}
func (Reconciled) input()      {}
func (Settle) input()          {}
func (Reopen) input()          {}
func (ChangePlan) input()      {}
func (Note) input()            {}
func (Cut) input()             {}
func (Interrupt) input()       {}

// Ready is what the driver does next, in this order: persist Events (synced);
// then everything else, concurrently if it likes. Nothing is handed out twice.
type Ready struct {
	Events    []Event
	Preflight []Phase   // run every node's preflight of this phase, answer with PreflightResult
	Resolve   []string  // nodes whose expressions are to be evaluated, answer with Resolved
	Start     []Attempt // run, answer with Ended
	Cancel    []Attempt // cancel its context; Ended is still due
	Reconcile []Attempt // find out what became of it, answer with Reconciled
	Asked     []Attempt // a person's wait began (or goes on after a resume): show the prompt
	Closed    bool      // the run ended or stopped: there will be no more
}

// Attempt names one attempt of one instance.
type Attempt struct {
	Node     string
	Key      string
	Attempt  int    // 1, 2, …
	Deadline Time   // on the run's clock
	Attach   bool   // Start only: it is running already (VerdictRunning); wait for it, do not begin it again
	Reason   string // Cancel only: timed_out or cancelled
	Prompt   string // Asked only
}
