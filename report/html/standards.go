package html

// standard is a requirement, in our words, and what a report has that supports it.
type standard struct {
	Name, Asks string
	Sections   []section
}

// standards says which sections support which requirement. Whether one is met is
// for an auditor to say, of an organisation and not of a file.
var standards = []standard{
	{"ISO 22301:2019, 8.5", "Exercise the continuity procedures at planned intervals and after significant changes, on suitable scenarios with clear aims; write a report with results, recommendations and actions.",
		[]section{{"identity", "scenario and scope"}, {"objectives", "aims"}, {"chronology", "what was done"}, {"measures", "results"}, {"changes", "changes"}, {"findings", "actions"}, {"signoff", "review"}}},
	{"SOC 2 (TSC 2017), A1.3", "Test the procedures of the recovery plan, and the integrity and completeness of backups, so that systems are recovered as the objectives ask.",
		[]section{{"objectives", "objectives"}, {"measures", "measured recovery"}, {"environment", "backup and checks"}, {"evidence", "evidence"}}},
	{"DORA, Regulation (EU) 2022/2554, Art. 11(6)", "Test the ICT continuity, response and recovery plans at least once a year and after substantive changes, with scenarios that include switching to backups and redundant facilities.",
		[]section{{"identity", "what was tested, when"}, {"timeline", "the test"}, {"changes", "changes of the plan"}, {"measures", "recovery against targets"}}},
	{"Delegated Regulation (EU) 2024/1774, Art. 25 and 26", "Base tests on realistic scenarios and on backups; document results, analyse deficiencies and follow them up; describe recovery in plans with objectives, steps and responsibilities.",
		[]section{{"chronology", "documented results"}, {"failures", "deficiencies"}, {"deviations", "deviations"}, {"findings", "follow-up"}, {"people", "responsibilities"}}},
	{"NIST SP 800-34 Rev. 1, 3.5", "Test the contingency plan, such as recovery from backup media and restoration of operations; record results and lessons, and bring the plan up to date.",
		[]section{{"measures", "recovery from backup"}, {"chronology", "results"}, {"cleanup", "back to normal"}, {"findings", "lessons"}}},
}
