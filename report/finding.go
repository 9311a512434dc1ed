package report

import (
	"encoding/json"
	"time"
)

// Finding is a corrective action: what people found in a run, and what becomes of
// it. People write findings down; package findings keeps them.
type Finding struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	Run        string `json:"run"` // id; empty: it is of no single run
	Step       string `json:"step"`
	Severity   string `json:"severity"`
	Owner      string `json:"owner"`
	Due        Day    `json:"due"`
	State      string `json:"state"`
	Created    Day    `json:"created"`
	Closed     Day    `json:"closed"`
	Resolution string `json:"resolution"` // how it was closed
	Note       string `json:"note"`
	Overdue    bool   `json:"overdue"` // open, and its day is over
}

// The states of a finding.
const (
	FindingOpen   = "open"
	FindingClosed = "closed"
)

// StateWord is the state in words: what is past its day says so.
func (f Finding) StateWord() string {
	switch {
	case f.Overdue:
		return "open, past due"
	case f.State == FindingClosed && !f.Closed.IsZero():
		return "closed " + f.Closed.String()
	}
	return f.State
}

// Day is a date without a time; the zero value is none.
type Day struct{ time.Time }

// DayOf is the day of a time, in UTC.
func DayOf(t time.Time) Day { return Day{t.UTC().Truncate(24 * time.Hour)} }

// End is when the day is over.
func (d Day) End() time.Time { return d.Add(24 * time.Hour) }

func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// MarshalJSON writes "2026-12-01", or null.
func (d Day) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(d.String())
}

// Line is the finding in one line.
func (f Finding) Line() string {
	text := f.ID + " " + f.Title + " (" + f.StateWord()
	for _, more := range []string{f.Severity, f.Owner} {
		if more != "" {
			text += ", " + more
		}
	}
	if !f.Due.IsZero() && f.State != FindingClosed {
		text += ", due " + f.Due.String()
	}
	return text + ")"
}

func (t *terminal) findings() {
	if len(t.s.Findings) == 0 {
		return
	}
	t.section("Findings")
	for _, f := range t.s.Findings {
		look := normal
		if f.Overdue {
			look = bad
		}
		t.text(2, f.Line(), look)
	}
}
