// Package period folds all runs of a quarter, or of any other stretch of time, into
// one report: which drills were planned and which were done, how RTO and RPO went
// from drill to drill, what was never drilled, what is overdue, which steps got
// slower, what fails again and again, and what every statement rests on.
//
// [Fold] takes a sequence of [Journal], reads them on all cores and keeps of each no
// more than a [Run]; [Runs.Report] makes the [Report] of them, and [JSON],
// [Markdown], [CSV], [JUnit] and [Terminal] write it down. The page is in package
// html.
//
// Nothing is left out in silence. A run that cannot be read, is not closed, is gone
// or rests on a signature that does not hold is listed; what could not be measured
// or judged is null and has a reason; an estimate is marked as one. Rules that judge
// (when a drill is overdue, when a step got slower) show the numbers they rest on,
// and are silent where those are too few.
//
// The package must not know where runs lie, how a plan is written or a signature
// verified: what it needs of those is handed in. It has no clock.
package period
