package predict

import (
	"math"
	"time"

	"github.com/drplan/drplan/engine"
)

// leastRuns is how many runs tell of a spread; fewer do not.
const leastRuns = 3

// steepest bounds how much longer than measured a draw is: by so many times what the
// same draw would add if lengths, not their logarithms, had that distribution. Where
// what takes no time at all took ten times as long once, three runs would else let the
// exponential make hours of it.
const steepest = 3

// tailRuns is how many runs tell anything of what one in a hundred takes. From fewer the
// margin alone would make the figure, and it would be many times what was measured.
const tailRuns = 10

// margin is the variance that a draw gets beside that of what was measured, times n
// over that variance; see the package's documentation.
const margin = 3

// times is one thing that took time in several runs.
type times struct {
	takes map[int]engine.Span // by run
	runs  []int
	off   []float64 // how far the logarithm of each lies from their mean
	slope float64   // the standard deviation of the values, in nanoseconds, over that of their logarithms
}

func (l *times) add(run int, takes engine.Span) {
	if l.takes == nil {
		l.takes = map[int]engine.Span{}
	}
	l.takes[run] = takes
	l.runs = append(l.runs, run)
}

// finish computes what every draw needs.
func (l *times) finish() {
	l.off = make([]float64, len(l.runs))
	values := make([]float64, len(l.runs))
	for i, run := range l.runs {
		values[i] = float64(max(l.takes[run], time.Microsecond))
		l.off[i] = math.Log(values[i])
	}
	if logs := centre(l.off); logs > 0 {
		l.slope = centre(values) / logs
	}
}

// centre takes the mean out of values, and returns the root of what their squares then
// add up to.
func centre(values []float64) float64 {
	mean, squares := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for i := range values {
		values[i] -= mean
		squares += values[i] * values[i]
	}
	return math.Sqrt(squares)
}

// draw is how long it takes in a sample: as long as in the given run, and the margin.
func (l *times) draw(w *weather, run int) engine.Span {
	takes := float64(l.takes[run])
	n := len(l.runs)
	if n < leastRuns {
		return engine.Span(takes)
	}
	move := 0.0
	for i, r := range l.runs {
		move += w.weights[r] * l.off[i]
	}
	// move/√ν is a draw with the variance of the logarithms; √(ν/χ²) makes Student's t of it
	move *= math.Sqrt(margin/float64(n)) / math.Sqrt(w.squares[n-1])
	return span(min(takes*math.Exp(move), takes+steepest*l.slope*max(move, 0)))
}

// longest is a length of time that can be expressed: a year and more is as long.
const longest = 365 * 24 * time.Hour

func span(ns float64) engine.Span { return engine.Span(min(ns, float64(longest))) }
