// Package history folds the journals of earlier runs into how long their steps
// took, for those who say how long a step will take.
//
// A run counts for a plan where it ran the same drill (for a recovery: the same
// procedure), and a step of it where what the step is and does is still the same
// ([engine.Node.Digest]): its order, its name and its limits may have changed. What
// no longer counts is named, in the words of [engine.Differences].
//
// Only what was measured is kept. Time in which drplan was not running is nobody's
// step: what a crash or a stop interrupted is left out, and so is what a person
// settled by hand and what was simulated. Attempts that failed are kept where the
// step then succeeded, or where the plan tolerates its failure; a step that failed
// for good says nothing about how long its success takes.
//
// The package must not know how a run is driven, what a step kind does, how a plan
// is written, or what is made of the numbers.
package history
