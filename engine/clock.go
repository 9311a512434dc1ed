package engine

import "time"

// Time is a point on the run's own clock: nanoseconds since the run started.
// It never goes back. Within a process it advances with the monotonic clock;
// across a crash the driver adds the gap that the wall clock shows (never less
// than zero) and says so in the Resumed event.
type Time = time.Duration

// Stamp is the time of an input: the run's clock, which decides, and the wall
// clock, which is only shown to people.
type Stamp struct {
	T    Time      `json:"t"`
	Wall time.Time `json:"wall"`
}
