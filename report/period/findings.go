package period

import "github.com/drplan/drplan/report"

// findings keeps those of the span, as they stand now.
func (b *builder) findings() {
	for _, f := range b.Findings {
		if b.Chosen || FindingIn(f, b.Span) {
			b.out.Findings = append(b.out.Findings, f)
		}
	}
}

// FindingIn reports whether a finding was open in a span, or closed in it. One that
// does not say since when it is there counts as always there.
func FindingIn(f report.Finding, span Span) bool {
	begun := f.Created.IsZero() || f.Created.Before(span.Until.Time)
	over := f.State == report.FindingClosed && !f.Closed.End().After(span.From.Time)
	return begun && !over
}
