package predict

import (
	"fmt"
	"math"
	"sort"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report/history"
)

// Calibration holds predictions to runs that they had not seen.
type Calibration struct {
	How  string `json:"how"`
	Runs int    `json:"runs"` // so many were predicted
	Rows []Hits `json:"rows"`
}

// Hits says how often the actual RTO lay at or under a predicted quantile.
type Hits struct {
	Quantile float64 `json:"quantile"`
	Under    int     `json:"under"`
	Share    float64 `json:"share"`
	// Low and High are what 95 of 100 calibrations of a right prediction lie between,
	// by the binomial distribution.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Quantiles are those that a calibration looks at.
var Quantiles = []float64{0.5, 0.8, 0.9, 0.95, 0.99}

// LeaveOneOut predicts each run from all others.
func LeaveOneOut(s Subject, o Options) (*Calibration, error) {
	return calibrate(s, o, "each run from all others", func(runs []history.Run, i int) []history.Run {
		return append(append([]history.Run{}, runs[:i]...), runs[i+1:]...)
	})
}

// Forward predicts each run from the n runs before it, as people would have had it.
func Forward(s Subject, o Options, n int) (*Calibration, error) {
	return calibrate(s, o, fmt.Sprintf("each run from the %d before it", n), func(runs []history.Run, i int) []history.Run {
		if i+n >= len(runs) { // the newest stand first
			return nil
		}
		return runs[i+1 : i+1+n]
	})
}

// calibrate predicts every run that recovered from those which seen chooses; nil: not at all.
func calibrate(s Subject, o Options, how string, seen func([]history.Run, int) []history.Run) (*Calibration, error) {
	c := &Calibration{How: how}
	under := make([]int, len(Quantiles))
	if s.Past == nil {
		s.Past = &history.History{}
	}
	for i, run := range s.Past.Runs {
		from := seen(s.Past.Runs, i)
		if run.RTO == nil || from == nil {
			continue
		}
		held := s
		held.Past = &history.History{Runs: from}
		p, err := Predict(held, Options{o.Samples, o.Seed + uint64(i)})
		if err != nil {
			return nil, err
		}
		c.Runs++
		below := p.RTO.below(*run.RTO, p.Samples)
		for j, q := range Quantiles {
			if below <= q {
				under[j]++
			}
		}
	}
	for j, q := range Quantiles {
		h := Hits{Quantile: q, Under: under[j]}
		if c.Runs > 0 {
			h.Share = float64(under[j]) / float64(c.Runs)
		}
		h.Low, h.High = binomial(c.Runs, q)
		c.Rows = append(c.Rows, h)
	}
	return c, nil
}

// below is the share of the samples that were shorter.
func (r RTO) below(actual engine.Span, samples int) float64 {
	return float64(sort.Search(len(r.recovered), func(i int) bool { return r.recovered[i] >= actual })) / float64(samples)
}

// binomial is the shares of n between which 95 of 100 draws with probability p lie.
func binomial(n int, p float64) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	sum, lowest, highest := 0.0, -1, n
	for k := range n + 1 {
		sum += choose(n, k, p)
		if lowest < 0 && sum > 0.025 {
			lowest = k
		}
		if sum >= 0.975 {
			highest = k
			break
		}
	}
	return float64(lowest) / float64(n), float64(highest) / float64(n)
}

// choose is the probability of k of n.
func choose(n, k int, p float64) float64 {
	gamma := func(x int) float64 { g, _ := math.Lgamma(float64(x + 1)); return g }
	return math.Exp(gamma(n) - gamma(k) - gamma(n-k) + float64(k)*math.Log(p) + float64(n-k)*math.Log(1-p))
}
