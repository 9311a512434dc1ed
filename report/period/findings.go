package period

import "github.com/drplan/drplan/report"

// findings keeps those that were open in the span, or are still: as they stand now.
func (b *builder) findings() {
	for _, f := range b.Findings {
		created := f.Created.IsZero() || f.Created.Before(b.Span.Until.Time)
		over := f.State == report.FindingClosed && !f.Closed.IsZero() && !f.Closed.End().After(b.Span.From.Time)
		if created && !over {
			b.out.Findings = append(b.out.Findings, f)
		}
	}
}
