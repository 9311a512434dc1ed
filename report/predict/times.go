package predict

import (
	"math"
	"time"

	"github.com/drplan/drplan/engine"
)

// leastRuns is how many runs tell of a spread; fewer do not.
const leastRuns = 3

// margin is the variance that a draw gets beside that of what was measured, times n
// over that variance; see the package's documentation.
const margin = 3

// times is one thing that took time in several runs.
type times struct {
	takes map[int]engine.Span // by run
	runs  []int
	off   []float64 // how far the logarithm of each lies from their mean
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
	mean := 0.0
	for i, run := range l.runs {
		l.off[i] = math.Log(float64(max(l.takes[run], time.Microsecond)))
		mean += l.off[i] / float64(len(l.runs))
	}
	for i := range l.off {
		l.off[i] -= mean
	}
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
	return span(takes * math.Exp(move))
}

// span is a length of time that can be expressed: a year and more is as long.
func span(ns float64) engine.Span {
	const longest = float64(365 * 24 * time.Hour)
	return engine.Span(min(ns, longest))
}
