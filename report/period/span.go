package period

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/drplan/drplan/report"
)

// Span is a stretch of time: From is in it, Until is not.
type Span struct {
	Name  string         `json:"name"` // 2026Q4, or the dates
	From  report.Instant `json:"from"`
	Until report.Instant `json:"until"`
}

var quarterText = regexp.MustCompile(`^([0-9]{4})-?[qQ]([1-4])$`)

// Quarter is a quarter of a year, in UTC, from text such as 2026Q4.
func Quarter(text string) (Span, error) {
	m := quarterText.FindStringSubmatch(text)
	if m == nil {
		return Span{}, fmt.Errorf("a quarter is written as 2026Q4, not %q", text)
	}
	year, _ := strconv.Atoi(m[1])
	number, _ := strconv.Atoi(m[2])
	from := time.Date(year, time.Month(3*number-2), 1, 0, 0, 0, 0, time.UTC)
	return Span{fmt.Sprintf("%04dQ%d", year, number), report.Instant{Time: from}, report.Instant{Time: from.AddDate(0, 3, 0)}}, nil
}

// Between is any stretch, named after its first and its last day.
func Between(from, until time.Time) Span {
	last := until.Add(-1).UTC()
	return Span{from.UTC().Format(time.DateOnly) + " to " + last.Format(time.DateOnly), report.Instant{Time: from.UTC()}, report.Instant{Time: until.UTC()}}
}

// Holds reports whether a time is in the span.
func (s Span) Holds(t time.Time) bool { return !t.Before(s.From.Time) && t.Before(s.Until.Time) }

// Days says from which day to which, the last one included.
func (s Span) Days() string {
	return s.From.Format(time.DateOnly) + " to " + s.Until.Add(-1).Format(time.DateOnly) + " (UTC)"
}
