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
// The package knows no I/O, no clock, no goroutine and no client library. What
// a step does, how an expression reads and where events are kept are none of
// its business: a node's Spec is opaque to it. No decision may depend on the
// order of a map, on a random number or on the time of day.
package engine
