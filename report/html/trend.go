package html

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/period"
)

// trend is a measure from run to run. Places are in per cent of the width, and in
// pixels from the top.
type trend struct {
	Name, About string
	Aim         string // the target, in words
	Note        string // what the picture does not show
	Band        block  // the period
	Labels      []trendLabel
	Lines       []trendLine
	Points      []trendPoint
	Height      int
}

type trendLabel struct {
	At, Text, Anchor string
	Y                int
}

type trendLine struct {
	X1, X2, Class string
	Y1, Y2        int
}

type trendPoint struct {
	At    string
	Y     int
	Class string // met, missed, open, none
	Title string
}

// The picture's height, and where its lines begin and end, in pixels.
const (
	trendHeight = 168
	trendTop    = 22
	trendFloor  = 138
)

// farAbove is how many times the largest value a target may be and still be in the
// picture: further up, it would press everything else to the floor.
const farAbove = 3

func trendOf(name string, points []period.Point, of func(period.Point) period.Measure, span period.Span) *trend {
	var most, target time.Duration
	measured := 0
	for _, p := range points {
		m := of(p)
		target = max(target, m.Target.Duration)
		if m.Actual.Known {
			measured++
			most = max(most, m.Actual.Duration)
		}
	}
	if measured == 0 || len(points) < 2 { // one run is no trend: the table has it
		return nil
	}
	t := &trend{Name: name, Aim: aim(points, of), Height: trendHeight, About: fmt.Sprintf("%s of %s; the table has the numbers", name, noun(len(points), "run"))}
	top := max(most, target)
	if target > farAbove*most && most > 0 {
		top = most
		t.Note = "The target, " + report.Duration(target) + ", is far above this picture."
	}
	c := chart{t: t, top: max(top, time.Millisecond) * 11 / 10, from: points[0].At.Time, to: points[len(points)-1].At.Time}
	if !c.to.After(c.from) { // at one time
		c.from, c.to = c.from.Add(-12*time.Hour), c.to.Add(12*time.Hour)
	}
	c.frame(span, most)
	c.targets(points, of, target <= top)
	c.points(points, of)
	return t
}

type chart struct {
	t        *trend
	top      time.Duration
	from, to time.Time
}

// x leaves room at both edges.
func (c chart) x(at time.Time) float64 {
	const left, right = 14, 3 // at the left stands the largest value
	share := float64(at.Sub(c.from)) / float64(c.to.Sub(c.from))
	return left + (100-left-right)*min(max(share, -0.2), 1.2)
}

func (c chart) y(d time.Duration) int {
	return trendFloor - int(float64(trendFloor-trendTop)*min(d.Seconds()/c.top.Seconds(), 1))
}

func place(x float64) string { return fmt.Sprintf("%.2f%%", min(max(x, 0), 100)) }

func (c chart) frame(span period.Span, most time.Duration) {
	left, right := min(max(c.x(span.From.Time), 0), 100), min(max(c.x(span.Until.Time), 0), 100)
	c.t.Band = block{At: place(left), Width: fmt.Sprintf("%.2f%%", right-left)}
	c.t.Lines = append(c.t.Lines, trendLine{"0%", "100%", "tick", trendFloor, trendFloor}, trendLine{"0%", "100%", "grid", c.y(most), c.y(most)})
	c.t.Labels = append(c.t.Labels, trendLabel{"0%", report.Duration(most), "start", c.y(most) - 5},
		trendLabel{"0%", c.from.Format(time.DateOnly), "start", trendFloor + 19}, trendLabel{"100%", c.to.Format(time.DateOnly), "end", trendFloor + 19})
}

// targets draws each run's target from half way to the run before to half way to the
// next one.
func (c chart) targets(points []period.Point, of func(period.Point) period.Measure, shown bool) {
	if !shown {
		return
	}
	for i, p := range points {
		m := of(p)
		if !m.Target.Known {
			continue
		}
		left, right := 0.0, 100.0
		if i > 0 {
			left = (c.x(points[i-1].At.Time) + c.x(p.At.Time)) / 2
		}
		if i+1 < len(points) {
			right = (c.x(points[i+1].At.Time) + c.x(p.At.Time)) / 2
		}
		y := c.y(m.Target.Duration)
		c.t.Lines = append(c.t.Lines, trendLine{place(left), place(right), "moment target", y, y})
	}
}

// aim is the target that the newest run was held to, and those before it.
func aim(points []period.Point, of func(period.Point) period.Measure) string {
	var list []string
	for _, p := range slices.Backward(points) {
		if text := "target " + seconds(of(p).Target); of(p).Target.Known && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, ", before ")
}

func (c chart) points(points []period.Point, of func(period.Point) period.Measure) {
	var line []trendLine
	lastX, lastY := "", 0
	for _, p := range points {
		m, x := of(p), place(c.x(p.At.Time))
		pt := trendPoint{At: x, Y: trendFloor, Class: pointClass(m), Title: fmt.Sprintf("%s: %s %s, %s", p.At.Format(time.DateOnly), c.t.Name, m.Value(), m.Word())}
		if m.Actual.Known {
			pt.Y = c.y(m.Actual.Duration)
			if lastX != "" {
				line = append(line, trendLine{lastX, x, "path", lastY, pt.Y})
			}
			lastX, lastY = x, pt.Y
		}
		c.t.Points = append(c.t.Points, pt)
	}
	c.t.Lines = slices.Concat(c.t.Lines, line)
}

func pointClass(m period.Measure) string {
	switch {
	case !m.Actual.Known:
		return "none"
	case m.Met == nil:
		return "open"
	case *m.Met:
		return "met"
	}
	return "missed"
}
