// Package pace chooses, of what steps say while they work, what is worth a line of a
// log: what a step waits for, once it has waited for a while, and again as long as it
// does. It knows nothing of runs and has no clock.
package pace
