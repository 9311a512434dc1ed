package html

import "github.com/drplan/drplan/report"

// standard is a requirement, and what a report has that supports it.
type standard struct {
	report.Standard
	Sections []section
}

// supported puts beside each requirement the sections that support it, by its id.
func supported(by map[string][]section) []standard {
	list := make([]standard, len(report.Standards))
	for i, s := range report.Standards {
		list[i] = standard{s, by[s.ID]}
	}
	return list
}

// runStandards says which sections of a run's page support which requirement.
var runStandards = supported(map[string][]section{
	"iso22301": {{"identity", "scenario and scope"}, {"objectives", "aims"}, {"chronology", "what was done"}, {"measures", "results"}, {"changes", "changes"}, {"findings", "actions"}, {"signoff", "review"}},
	"soc2":     {{"objectives", "objectives"}, {"measures", "measured recovery"}, {"environment", "backup and checks"}, {"evidence", "evidence"}},
	"dora":     {{"identity", "what was tested, when"}, {"timeline", "the test"}, {"changes", "changes of the plan"}, {"measures", "recovery against targets"}},
	"dora-rts": {{"chronology", "documented results"}, {"failures", "deficiencies"}, {"deviations", "deviations"}, {"findings", "follow-up"}, {"people", "responsibilities"}},
	"nist":     {{"measures", "recovery from backup"}, {"chronology", "results"}, {"cleanup", "back to normal"}, {"findings", "lessons"}},
})
