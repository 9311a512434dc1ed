package period

import (
	"slices"
	"time"

	"github.com/drplan/drplan/report"
)

// Chosen is the span of runs that people chose, by when they began; of no run, nothing.
func Chosen(began []time.Time) Span {
	if len(began) == 0 {
		return Span{Name: "no run"}
	}
	first, last := slices.MinFunc(began, time.Time.Compare), slices.MaxFunc(began, time.Time.Compare)
	return Span{Name: count(len(began), "chosen run", "chosen runs"), From: report.Instant{Time: first.UTC()}, Until: report.Instant{Time: last.UTC().Add(time.Nanosecond)}}
}

// notOfChosen is why a report over chosen runs is silent on what a plan wants: other
// runs, which nobody looked at, may have done it.
const notOfChosen = "these runs were chosen: what was planned, covered and is due tells a report with --quarter or --since"
