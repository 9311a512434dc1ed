package html

import (
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/report"
)

// figure is an objective beside what was measured.
type figure struct {
	Name, Long string // RTO, recovery time objective
	Value      string // measured; – where it was not
	Target     string
	Mark       string // in words
	Tone       string // good, bad or open
	Detail     []string
	Bar        *bar
}

func figures(s *report.Summary) []figure {
	rto, rpo := s.RTOVerdict(), s.RPOVerdict()
	list := []figure{
		{Name: "RTO", Long: "recovery time", Value: seconds(s.RTO.Actual), Target: seconds(s.RTO.Target), Mark: rto.Mark, Tone: tone(s.RTO.Met),
			Detail: rto.Detail, Bar: budget("RTO", s.RTO.Actual, s.RTO.Target)},
		{Name: "RPO", Long: "data that was lost, in time", Value: seconds(s.RPO.Actual), Target: seconds(s.RPO.Target), Mark: rpo.Mark, Tone: tone(s.RPO.Met),
			Detail: rpo.Detail, Bar: budget("RPO", s.RPO.Actual, s.RPO.Target)},
	}
	list[0].Value = s.RTO.Sign() + list[0].Value
	return list
}

func tone(met *bool) string {
	switch {
	case met == nil:
		return "open"
	case *met:
		return "good"
	}
	return "bad"
}

// bar is a stretch of length that is divided. Places are in per cent.
type bar struct {
	About string // what it shows, in words
	Short string // the same, beside the numbers
	Parts []barPart
	Line  string // where the target is; empty: nowhere
	Over  bool   // more than the target
}

type barPart struct {
	Name, Length, Share string
	At, Width           string
	Class               string
}

// budget shows how much of a target was used up.
func budget(name string, actual, target report.Seconds) *bar {
	if !actual.Known || !target.Known || target.Duration == 0 {
		return nil
	}
	whole := max(actual.Duration, target.Duration)
	share := 100 * actual.Seconds() / target.Seconds()
	b := &bar{Over: actual.Duration > target.Duration, Line: percent(target.Duration, whole), Short: shareText(share) + " of the budget"}
	b.About = fmt.Sprintf("%s: %s of %s, %s", name, report.Duration(actual.Duration), report.Duration(target.Duration), b.Short)
	b.Parts = []barPart{{Name: "used", At: "0%", Width: percent(actual.Duration, whole), Class: "used"}}
	return b
}

func shareText(share float64) string {
	switch {
	case share > 0 && share < 0.1:
		return "less than 0.1 %"
	case share < 10:
		return fmt.Sprintf("%.1f %%", share)
	}
	return fmt.Sprintf("%.0f %%", share)
}

// splitBar shows what the time of the recovery was spent on.
func splitBar(s report.Split) *bar {
	b := &bar{}
	var about []string
	var at time.Duration
	for _, p := range s.Parts() {
		share := shareText(100 * p.Spent.Seconds() / max(s.Sum().Seconds(), 1e-9))
		b.Parts = append(b.Parts, barPart{Name: p.Name, Length: report.Duration(p.Spent), Share: share,
			At: percent(at, s.Sum()), Width: percent(p.Spent, s.Sum()), Class: "of-" + p.Name})
		about = append(about, p.Name+" "+report.Duration(p.Spent))
		at += p.Spent
	}
	b.About = "The recovery time was spent on: " + strings.Join(about, ", ")
	return b
}

// percent is a place in a picture.
func percent(at, whole time.Duration) string {
	if whole <= 0 {
		return "0%"
	}
	return fmt.Sprintf("%.3f%%", 100*float64(at)/float64(whole))
}
