// Package startup keeps the garbage collector out of the first milliseconds.
//
// The libraries for etcd, Kubernetes and Velero fill tables while the program
// initialises, nothing of which is garbage. With the runtime's usual target of a
// heap of 4 MB the collector walks them again and again. Without that, `drplan
// validate`, which a pull request waits for, took 21.4 ms instead of 25.2: the best
// of 60 runs of each, on 2 cores.
//
// The package must import nothing but the runtime: packages are initialised when
// what they import is, those that sort first by path before the others, and so
// this one comes before the libraries that are worth it.
package startup

import "runtime/debug"

// percent is what GOGC says, or the runtime's default.
var percent = debug.SetGCPercent(-1)

// Done gives the collector back what it was told to do. The first thing in main.
func Done() { debug.SetGCPercent(percent) }

// usual is the runtime's target where GOGC says nothing.
const usual = 100

// brief is the target, in percent, of a command that is done in a moment and makes
// much garbage in it. The heap then grows to a few times what is alive: less than
// 64 MB for hundreds of plans.
const brief = 400

// Brief tells the collector to come seldom, unless GOGC says how often. A command calls
// it that has nothing to do for long.
func Brief() {
	if percent == usual {
		debug.SetGCPercent(brief)
	}
}
