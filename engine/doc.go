// Package engine is the pure core of drplan: the graph of a run, the events
// that happen to it, and the state machine that turns what happened into
// events and actions.
//
// The core is driven in the manner of a replicated log. A driver feeds it
// inputs (Machine.Step) and the time (Machine.Tick), and takes from
// Machine.Ready what to do next:
//
//	for {
//		rd := m.Ready()
//		persist(rd.Events)   // first: on disk, synced
//		act(rd)              // then: preflight, resolve, start, cancel, reconcile
//		m.Step(now, whatHappened)  or  m.Tick(now)
//	}
//
// Every decision is an event, and the state changes only by applying an event.
// Replaying a journal therefore applies events and never decides again: a run
// resumes under a later version of drplan exactly as it was recorded.
//
// A decision is a function of the state and the time, never of the input that
// led there. A journal may therefore end after any event: the machine that is
// replayed from it makes the decision that the former one did not get to.
//
// # What a driver must keep to
//
//   - Call Ready after every Step and Tick, before it waits for anything, and
//     again until it hands out nothing that can be answered at once.
//   - Act on what Ready hands out only when its Events are on disk. Expressions
//     may be resolved before: they change nothing.
//   - Wait no longer than until NextDeadline.
//   - Take a run up in this order: Replay; then Cut; then Resume, or nothing if
//     the run has ended; then ChangePlan; then any number of Settle; then Reopen
//     if the run has ended; then Ready. Nothing is decided in between.
//
// # After a crash
//
// Resume hands every attempt that was in flight to the driver to be reconciled,
// and until each of them is accounted for nothing new starts. An attempt nobody
// can account for is in doubt: what is in flight is waited for, then the run
// stops, and goes on only when a person has settled the doubt. Nothing starts
// twice by accident.
//
// The package knows no I/O, no clock, no goroutine and no client library. What
// a step does, how an expression reads and where events are kept are none of
// its business: a node's Spec is opaque to it. No decision may depend on the
// order of a map, on a random number or on the time of day.
package engine
