// Drplan runs disaster-recovery plans: as drills, and on the day.
//
// Each command is a file of its own. What they share is small: how a command
// ends (exit.go), how a plan is found (plan.go), how a run is found (runs.go),
// how a run is driven under people's eyes (drive.go). Everything else belongs to
// the packages that the commands call; nothing is decided here.
//
// The result of a command goes to stdout, what happens on the way to stderr.
package main
