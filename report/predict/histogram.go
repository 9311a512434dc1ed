package predict

import (
	"math"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Bar is a stretch of the histogram: the share of all samples whose RTO lies in it.
type Bar struct {
	From  report.Seconds `json:"from_seconds"`
	To    report.Seconds `json:"to_seconds"` // null: and above
	Share float64        `json:"share"`
}

// mostBars bounds a histogram; the last one holds what lies above.
const mostBars = 12

// histogram counts sorted values into bars of one width.
func histogram(sorted []engine.Span, samples int) []Bar {
	if len(sorted) == 0 {
		return []Bar{}
	}
	high := sorted[int(0.995*float64(len(sorted)-1))]
	width := niceWidth((high - sorted[0]) / (mostBars - 2))
	low := sorted[0] / width * width
	var out []Bar
	i := 0
	for at := low; i < len(sorted); at += width {
		bar := Bar{From: known(at), To: known(at + width)}
		last := len(out) == mostBars-1
		if last {
			bar.To = report.Seconds{}
		}
		n := 0
		for i < len(sorted) && (last || sorted[i] < at+width) {
			i++
			n++
		}
		bar.Share = float64(n) / float64(samples)
		out = append(out, bar)
	}
	return out
}

func known(d engine.Span) report.Seconds { return report.Seconds{Duration: d, Known: true} }

// niceWidth is the next length of which people like to count multiples.
func niceWidth(least engine.Span) engine.Span {
	for _, unit := range []struct{ of, most engine.Span }{{time.Millisecond, time.Second}, {time.Second, time.Minute}, {time.Minute, time.Hour}} {
		for _, n := range []engine.Span{1, 2, 5, 10, 15, 20, 30, 50, 100, 200, 500} {
			if w := n * unit.of; w >= least && w < unit.most {
				return w
			}
		}
	}
	return time.Hour * engine.Span(math.Ceil(max(least.Hours(), 1)))
}
