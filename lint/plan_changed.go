package lint

import (
	"strings"
	"time"

	"github.com/drplan/drplan/plans"
)

var planChanged = Rule{
	ID: "plan-changed", Severity: plans.SeverityWarning,
	Summary: "The plan is another than the one that was last drilled.",
	Why:     "A drill proves the steps that it ran. What was changed since then is as unproved as a new plan. The rule speaks where it is given a folder of runs.",
	History: true,
	Check: func(p *Pass) {
		const shown = 3
		for _, d := range p.Drills {
			last, drilled := p.History[d.ID]
			if !drilled || len(last.Changed) == 0 {
				continue
			}
			changes := last.Changed
			if len(changes) > shown {
				changes = append(append([]string{}, changes[:shown]...), "…")
			}
			p.Report(d.Name().Node, "drill it again: drplan run "+p.Doc.Path+" --scenario "+d.ID,
				"the plan has changed since its last drill of %q%s (%s): %s", d.ID, p.ago(last.At), last.Run, strings.Join(changes, "; "))
		}
	},
}

// ago is how long before today something was, where today is known.
func (s *Subject) ago(t time.Time) string {
	if s.Now.IsZero() || s.Now.Sub(t) < 24*time.Hour {
		return ""
	}
	return ", " + span(s.Now.Sub(t).Truncate(24*time.Hour)) + " ago"
}
