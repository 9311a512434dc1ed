package period

import (
	"testing"

	"github.com/drplan/drplan/report"
)

// What is covered is what was done; a tier that no procedure names cannot be.
func TestCovered(t *testing.T) {
	span, _ := Quarter("2026Q4")
	refused := drill("2026-10-02", report.Failed)
	refused.Refused = true
	for name, c := range map[string]struct {
		runs []*Run
		want string
	}{
		"nothing":          {nil, "never drilled"},
		"refused":          {[]*Run{refused}, "never drilled"},
		"failed":           {[]*Run{drill("2026-10-03", report.Failed)}, "drilled, never succeeded"},
		"failed now":       {[]*Run{drill("2026-08-03", report.Succeeded), drill("2026-10-03", report.Failed)}, "drilled in the period, without success"},
		"failed long ago":  {[]*Run{drill("2026-08-03", report.Failed)}, "not drilled in the period, never succeeded"},
		"good long ago":    {[]*Run{drill("2026-08-03", report.Succeeded)}, "not drilled in the period"},
		"failed, then not": {[]*Run{drill("2026-10-03", report.Failed), drill("2026-10-04", report.Succeeded), refused}, "drilled in the period"},
	} {
		for _, r := range c.runs {
			r.Procedure = "p"
		}
		p := &Plan{Procedures: []Procedure{{Name: "p"}}, Tiers: []Tier{{Name: "files"}}}
		procedures, tiers := coverage(&group{runs: c.runs}, p, span)
		if got := procedures[0].Word(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if got := tiers[0].Word(); got != "named by no procedure" {
			t.Errorf("%s: the tier is %s", name, got)
		}
	}
}
