// Package predict says how long a recovery would take, from how long its steps took
// before: it draws lengths of time from earlier runs, and lets engine/simulate play
// the run with them, thousands of times.
//
// # How a length of time is drawn
//
// Each sample shuffles the earlier runs, and takes the time of every step from the
// first of them that has it: steps that were slow together stay slow together, for
// a machine or a network that is busy is busy for all of them. Around what was
// measured lies a margin, for the next run will not repeat an earlier one: each
// logarithm is moved by √(3/n) times a draw from Student's t distribution with n-1
// degrees of freedom, scaled by the standard deviation of the logarithms. The draws of
// several steps are built from the same random weights on the runs, so that the margin
// keeps their covariance. It is a smoothed bootstrap (B. W. Silverman and G. A. Young,
// The bootstrap: to smooth or not to smooth?, Biometrika 74, 1987). Few runs make it
// as wide as Student's prediction interval (G. J. Hahn and W. Q. Meeker, Statistical
// Intervals, 1991), within bounds: a draw adds at most three times what the same one
// would if lengths, not their logarithms, had that distribution. With many runs the
// margin goes away, and what is left is what was measured, whatever its shape. The 3
// under the root was found by measuring how often the next value lies below the
// predicted P90: TestMarginsAreHonest shows it.
//
// One run or two tell nothing of the spread; then there is no margin, and the
// prediction says so. A step without earlier runs takes the time that the plan or its
// kind says; one of which nobody says anything takes none, is counted, and makes of
// every figure a lower bound. From fewer than ten runs there is no P99. Nothing is
// invented.
//
// # What carries the risk
//
// A sample's RTO is the sum of what the steps on its critical path added to it. The
// covariance of what a step added with the RTO, over the variance of the RTO, is its
// share of the variance; the shares of all steps add up to 1. One below zero is of a
// step that is fast where the rest is slow. The longest twentieth of the samples is left
// out of these sums: with few runs it is made of the margin's tail, of which the mean of
// the exponential does not even exist.
//
// The package must not know how a run is driven for real, what a step kind does, how
// a plan is written, or where journals are.
package predict
