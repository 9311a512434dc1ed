package local

import (
	"fmt"
	"time"

	"github.com/drplan/drplan/engine"
)

// runClock turns the machine's clocks into the run's own: monotonic from base
// on, whatever the wall clock does meanwhile.
type runClock struct {
	clock Clock
	base  engine.Time   // the run's time at mono
	mono  time.Duration // when this process took the run up
}

func startClock(c Clock) runClock {
	_, mono := c.Now()
	return runClock{clock: c, mono: mono}
}

// resumeClock goes on where the last event left off, a gap later. The gap is
// the wall clock's, since nothing else outlives a process; a wall clock that
// went back makes it zero, and the reason says so.
func resumeClock(c Clock, last engine.Stamp) (clock runClock, gap engine.Span, reason string) {
	wall, mono := c.Now()
	gap = wall.Sub(last.Wall)
	if gap < 0 {
		reason = fmt.Sprintf("the wall clock had gone back by %s; the time drplan was not running is unknown and counts as none", -gap)
		gap = 0
	}
	return runClock{clock: c, base: last.T + gap, mono: mono}, gap, reason
}

func (r runClock) now() engine.Stamp {
	wall, mono := r.clock.Now()
	return engine.Stamp{T: r.base + mono - r.mono, Wall: wall}
}

// until says how long it is from now to a time on the run's clock.
func (r runClock) until(t engine.Time) time.Duration { return t - r.now().T }
