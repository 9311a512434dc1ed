package engine

// Status says where a run, a phase, a node or an instance stands.
type Status string

// The statuses. A node and an instance go from pending to ended; not every one
// passes every status.
const (
	StatusPending     Status = "pending"     // not begun; of an instance: resolved, and waiting for its turn
	StatusPreflight   Status = "preflight"   // a phase: its checks were asked for
	StatusRefused     Status = "refused"     // a phase: a check did not hold
	StatusResolving   Status = "resolving"   // a node: its expressions were asked for
	StatusRunning     Status = "running"     // an attempt is in flight; of a node: it is resolved
	StatusStopping    Status = "stopping"    // an attempt timed out or was cancelled and has not returned yet
	StatusReconciling Status = "reconciling" // an attempt of a former process: what became of it was asked for
	StatusJudged      Status = "judged"      // what became of it is known; the next decision ends the attempt
	StatusInDoubt     Status = "in_doubt"    // nobody can tell what became of it
	StatusReturned    Status = "returned"    // an attempt or a wait is over; the next decision ends or retries the instance
	StatusRetrying    Status = "retrying"    // in the back-off before another attempt
	StatusWaiting     Status = "waiting"     // a wait is going on
	StatusStopped     Status = "stopped"     // a run: closed, resumable
	StatusEnded       Status = "ended"
)

// inFlight reports whether an attempt of an instance in this status may be at
// work: it takes a slot.
func (s Status) inFlight() bool {
	return s == StatusRunning || s == StatusStopping || s == StatusReconciling
}
