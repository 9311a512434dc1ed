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
	"soc2":     {{"objectives", "objectives"}, {"measures", "measured recovery"}, {"environment", backedUp}, {"environment", "checks"}, {"evidence", "evidence"}},
	"dora":     {{"identity", "what was tested, when"}, {"timeline", "the test"}, {"changes", "changes of the plan"}, {"measures", "recovery against targets"}},
	"dora-rts": {{"chronology", "documented results"}, {"failures", deficiencies}, {"measures", missedObjective}, {"deviations", "deviations"}, {"findings", "follow-up"}, {"people", "responsibilities"}},
	"nist":     {{"measures", fromBackup}, {"chronology", "results"}, {"cleanup", "back to normal"}, {"findings", "lessons"}},
}

// What takes more than that its section has something to show.
const (
	backedUp        = "backup"
	fromBackup      = "recovery from backup"
	deficiencies    = "deficiencies"
	missedObjective = "a missed objective"
)

// standards parts the sections that support a requirement from those with nothing to
// show, and from the form for signing, which is blank.
func (p *runPage) standards() []standard {
	list := make([]standard, len(report.Standards))
	for i, s := range report.Standards {
		list[i].Standard = s
		var not, blank []string
		for _, by := range runSupports[s.ID] {
			switch {
			case by.ID == "signoff":
				blank = append(blank, by.Title)
			case p.supports(by):
				list[i].Sections = append(list[i].Sections, by)
			case by.Title != missedObjective && (by.Title != deficiencies || !p.missed()):
				not = append(not, by.Title)
			}
		}
		list[i].Not = words("not shown by this run", not, "to be filled in", blank)
	}
	return list
}

// words are lists, each with what it is of; an empty list is left out.
func words(one string, first []string, two string, second []string) string {
	var parts []string
	if len(first) > 0 {
		parts = append(parts, one+": "+strings.Join(first, ", "))
	}
	if len(second) > 0 {
		parts = append(parts, two+": "+strings.Join(second, ", "))
	}
	return strings.Join(parts, "; ")
}

func (p *runPage) supports(by section) bool {
	s, restored := p.S, len(p.Backups) > 0 || !p.S.RPO.RecoveryPoint.IsZero()
	switch by.Title {
	case backedUp:
		return restored
	case fromBackup:
		return restored && (s.RTO.Actual.Known || s.RPO.Actual.Known)
	case missedObjective:
		return p.missed()
	}
	ran := func(st report.Step) bool { return !st.StartedAt.IsZero() }
	began := slices.ContainsFunc(s.Steps, ran)
	return map[string]bool{
		"identity": true, "objectives": s.RTO.Target.Known || s.RPO.Target.Known,
		"chronology": began, "timeline": began, "cleanup": slices.ContainsFunc(p.Cleanup, ran),
		"measures": s.RTO.Actual.Known || s.RPO.Actual.Known, "environment": len(s.Preflight) > 0,
		"failures": len(s.RootCauses) > 0, "deviations": len(p.Deviation) > 0, "people": len(s.People) > 0,
		"changes": p.Changes != nil, "findings": len(s.Findings) > 0, "evidence": s.Evidence != nil,
	}[by.ID]
}

func (p *runPage) missed() bool {
	return slices.ContainsFunc([]*bool{p.S.RTO.Met, p.S.RPO.Met}, func(met *bool) bool { return met != nil && !*met })
}
