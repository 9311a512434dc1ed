package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/drplan/drplan/engine"
)

// split partitions the interval from start to end, exactly: each instant counts
// once, for the least class that was going on.
func split(stretches []stretch, start, end engine.Time) Split {
	var spent [classes]time.Duration
	var active [classes]int
	at := start
	for _, edge := range edges(stretches, start, end) {
		spent[current(active)] += edge.at - at
		at = edge.at
		active[edge.class] += edge.by
	}
	spent[current(active)] += end - at
	return Split{
		Down:         spent[down],
		Machine:      spent[machine],
		Verification: spent[verification],
		People:       spent[people] + spent[handWork],
	}
}

// edge is where a stretch begins (+1) or ends (-1).
type edge struct {
	at    engine.Time
	class class
	by    int
}

func edges(stretches []stretch, start, end engine.Time) []edge {
	var list []edge
	for _, s := range stretches {
		from, to := max(s.from, start), min(s.to, end)
		if from < to {
			list = append(list, edge{from, s.class, +1}, edge{to, s.class, -1})
		}
	}
	slices.SortStableFunc(list, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	return list
}

func current(active [classes]int) class {
	for c := range people {
		if active[c] > 0 {
			return c
		}
	}
	return people
}
