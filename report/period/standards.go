package period

import "github.com/drplan/drplan/report"

// Standard is a requirement, and which sections of the report support it.
type Standard struct {
	report.Standard
	Supports []Section `json:"supported_by"`
}

// Section is a part of the report: ID is its place on the page.
type Section struct {
	ID   string `json:"section"`
	What string `json:"what"`
}

var supports = map[string][]Section{
	"iso22301": {{"drills", "planned and done drills"}, {"trend", "results against aims"}, {"coverage", "scope"}, {"findings", "actions"}, {"next", "planned intervals"}, {"signoff", "review"}},
	"soc2":     {{"drills", "tests of the procedures"}, {"trend", "measured recovery against objectives"}, {"coverage", "what was not tested"}, {"evidence", "evidence"}},
	"dora":     {{"drills", "tests in the period"}, {"coverage", "scenarios and procedures"}, {"next", "when each is due"}, {"trend", "recovery against targets"}},
	"dora-rts": {{"drills", "documented results"}, {"failures", "deficiencies"}, {"attention", "deviations"}, {"findings", "follow-up"}},
	"nist":     {{"trend", "recovery from backup"}, {"drills", "results"}, {"slower", "lessons"}, {"findings", "lessons and corrections"}},
}

var standards = func() []Standard {
	list := make([]Standard, len(report.Standards))
	for i, s := range report.Standards {
		list[i] = Standard{s, supports[s.ID]}
	}
	return list
}()
