package html

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/report"
)

// standard is a requirement, what a report has that supports it, and in words what it
// has not.
type standard struct {
	report.Standard
	Sections []section
	Not      string
}

// runSupports says which sections of a run's page support which requirement, where they
// have anything to show.
var runSupports = map[string][]section{
	"iso22301": {{"identity", "scenario and scope"}, {"objectives", "aims"}, {"chronology", "what was done"}, {"measures", "results"}, {"changes", "changes"}, {"findings", "actions"}, {"signoff", "review"}},
	"soc2":     {{"objectives", "objectives"}, {"measures", "measured recovery"}, {"environment", "backup and checks"}, {"evidence", "evidence"}},
	"dora":     {{"identity", "what was tested, when"}, {"timeline", "the test"}, {"changes", "changes of the plan"}, {"measures", "recovery against targets"}},
	"dora-rts": {{"chronology", "documented results"}, {"failures", "deficiencies"}, {"deviations", "deviations"}, {"findings", "follow-up"}, {"people", "responsibilities"}},
	"nist":     {{"measures", "recovery from backup"}, {"chronology", "results"}, {"cleanup", "back to normal"}, {"findings", "lessons"}},
}

// standards parts the sections that support a requirement from those with nothing to
// show.
func (p *runPage) standards() []standard {
	shown := p.shown()
	list := make([]standard, len(report.Standards))
	for i, s := range report.Standards {
		list[i].Standard = s
		var not []string
		for _, by := range runSupports[s.ID] {
			if shown[by.ID] {
				list[i].Sections = append(list[i].Sections, by)
			} else {
				not = append(not, by.Title)
			}
		}
		if len(not) > 0 {
			list[i].Not = "not shown by this run: " + strings.Join(not, ", ")
		}
	}
	return list
}

func (p *runPage) shown() map[string]bool {
	s := p.S
	ran := func(st report.Step) bool { return !st.StartedAt.IsZero() }
	began := slices.ContainsFunc(s.Steps, ran)
	return map[string]bool{
		"identity": true, "objectives": s.RTO.Target.Known || s.RPO.Target.Known, "signoff": true,
		"chronology": began, "timeline": began, "cleanup": slices.ContainsFunc(p.Cleanup, ran),
		"measures": s.RTO.Actual.Known || s.RPO.Actual.Known, "environment": len(p.Backups) > 0 || len(s.Preflight) > 0,
		"failures": len(s.RootCauses) > 0, "deviations": len(p.Deviation) > 0, "people": len(s.People) > 0,
		"changes": p.Changes != nil, "findings": len(s.Findings) > 0, "evidence": s.Evidence != nil,
	}
}
