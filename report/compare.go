package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Comparison is two runs of one scenario, step by step, in the order of the later
// one's plan; steps that only the first has come last.
type Comparison struct {
	A     string       `json:"a"` // ids of the runs
	B     string       `json:"b"`
	Lines []Comparable `json:"lines"`
}

// Comparable is what two runs have in common: a step, or the RTO. What one of them
// does not have is null, its status empty.
type Comparable struct {
	What    string  `json:"what"` // a step's id, or "RTO"
	StatusA string  `json:"status_a"`
	StatusB string  `json:"status_b"`
	A       Seconds `json:"a_seconds"`
	B       Seconds `json:"b_seconds"`
	Change  Seconds `json:"change_seconds"` // of B against A; null where either is not known

	// NotMeasuredA and NotMeasuredB: the time is an estimate, with simulated waits in it, or a lower bound.
	NotMeasuredA bool `json:"a_not_measured,omitempty"`
	NotMeasuredB bool `json:"b_not_measured,omitempty"`

	signA, signB string
}

// Compare sets two runs side by side.
func Compare(a, b *Summary) Comparison {
	c := Comparison{A: a.RunID, B: b.RunID}
	rto := line("RTO", string(a.Result), string(b.Result), a.RTO.Actual, b.RTO.Actual)
	rto.signA, rto.signB = a.RTO.Sign(), b.RTO.Sign()
	rto.NotMeasuredA, rto.NotMeasuredB = rto.signA != "", rto.signB != ""
	c.Lines = append(c.Lines, rto)
	before := map[string]Step{}
	for _, s := range a.Steps {
		before[s.ID] = s
	}
	for _, s := range b.Steps {
		old := before[s.ID]
		delete(before, s.ID)
		c.Lines = append(c.Lines, line(s.ID, old.Status, s.Status, old.Duration, s.Duration))
	}
	for _, s := range a.Steps {
		if _, only := before[s.ID]; only {
			c.Lines = append(c.Lines, line(s.ID, s.Status, "", s.Duration, Seconds{}))
		}
	}
	return c
}

func line(what, statusA, statusB string, a, b Seconds) Comparable {
	l := Comparable{What: what, StatusA: statusA, StatusB: statusB, A: a, B: b}
	if a.Known && b.Known {
		l.Change = seconds(b.Duration - a.Duration)
	}
	return l
}

// Text writes a comparison as a table.
func (c Comparison) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\t%s\t%s\tCHANGE\n", c.A, c.B)
	for _, l := range c.Lines {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", plain(l.What), cell(l.StatusA, l.signA, l.A), cell(l.StatusB, l.signB, l.B), l.change())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return c.legend(w)
}

// legend says what the signs mean, where there are any.
func (c Comparison) legend(w io.Writer) (err error) {
	for _, l := range c.Lines {
		if l.NotMeasuredA || l.NotMeasuredB {
			_, err = fmt.Fprintf(w, "\n≈ an estimate: simulated waits count as planned; ≥ a lower bound: nobody said when the outage began\n")
			break
		}
	}
	return err
}

// cell is a time; where a step did not end well its status goes before it.
func cell(status, sign string, d Seconds) string {
	text := "–"
	if d.Known {
		text = sign + Duration(d.Duration)
	}
	if status != "" && status != string(Succeeded) {
		text = StatusWord(status) + " " + text
	}
	return text
}

// change marks a difference of which one side was not measured.
func (l Comparable) change() string {
	d, sign := l.Change, "+"
	if !d.Known {
		return ""
	}
	if d.Duration < 0 {
		sign = "-"
	}
	if l.NotMeasuredA || l.NotMeasuredB {
		sign = "≈ " + sign
	}
	return sign + Duration(d.Abs())
}
