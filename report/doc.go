// Package report folds the journal of a run into what people and machines want
// to know of it: RTO and RPO beside their targets, the time of every step, what
// failed, and what a reader must know before trusting the numbers.
//
// A [Run] is a journal, read. [Summarize] folds it into a [Summary]; [JSON],
// [Markdown] and [Terminal] only write a summary down. The same journal always
// gives the same summary, of a run that is still going on too.
//
// A measure that could not be taken is null and has a reason. It is never a
// zero, and an estimate or a bound never meets a target.
//
// The package must not know how a run is driven, what a step kind does or how a
// plan is written. It has no clock: time comes from events, and of a run that is
// going on from who looks at it.
package report
