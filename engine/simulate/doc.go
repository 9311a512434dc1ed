// Package simulate drives the core on a virtual clock: a graph, and a [World] that
// says how long everything takes, give the run that there would be, without a
// second being waited for.
//
// What the core decides it decides here as well: limits on how many attempts run at
// one time, retries with their back-off, deadlines, timers, people's waits,
// for_each, continue_on_error, phases. Nothing of it is modelled a second time.
//
// The package is pure: no I/O, no clock, no goroutine, no random number. Whether a
// World draws its answers, and from what, is the World's business. The same answers
// give the same run, event by event.
//
// It must not know what a step kind does, how an expression reads, or where earlier
// runs are kept.
package simulate
