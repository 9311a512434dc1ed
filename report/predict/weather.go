package predict

import (
	"math/rand/v2"
)

// weather is the chance of one sample, the same for all of its steps.
type weather struct {
	rand    *rand.Rand
	order   []int     // the runs, shuffled
	weights []float64 // of each run, from the standard normal distribution
	squares []float64 // squares[k] is a draw from χ² with k degrees of freedom
}

func newWeather(runs int, seed, sample uint64) *weather {
	w := &weather{order: make([]int, runs), weights: make([]float64, runs), squares: make([]float64, runs+1)}
	for i := range w.order {
		w.order[i] = i
	}
	w.rand = rand.New(rand.NewPCG(seed, sample))
	w.rand.Shuffle(runs, func(i, j int) { w.order[i], w.order[j] = w.order[j], w.order[i] })
	for i := range w.weights {
		w.weights[i] = w.rand.NormFloat64()
	}
	for i := range runs {
		x := w.rand.NormFloat64()
		w.squares[i+1] = w.squares[i] + x*x
	}
	return w
}
