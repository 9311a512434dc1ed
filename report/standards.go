package report

// Standard is a requirement that a report supports with evidence, in our words.
// Whether one is met is for an auditor to say, of an organisation and not of a file.
type Standard struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Asks string `json:"asks"`
}

// Standards are the requirements that reports about drills are asked for.
var Standards = []Standard{
	{"iso22301", "ISO 22301:2019, 8.5", "Exercise the continuity procedures at planned intervals and after significant changes, on suitable scenarios with clear aims; write a report with results, recommendations and actions."},
	{"soc2", "SOC 2 (TSC 2017), A1.3", "Test the procedures of the recovery plan, and the integrity and completeness of backups, so that systems are recovered as the objectives ask."},
	{"dora", "DORA, Regulation (EU) 2022/2554, Art. 11(6)", "Test the ICT continuity, response and recovery plans at least once a year and after substantive changes, with scenarios that include switching to backups and redundant facilities."},
	{"dora-rts", "Delegated Regulation (EU) 2024/1774, Art. 25 and 26", "Base tests on realistic scenarios and on backups; document results, analyse deficiencies and follow them up; describe recovery in plans with objectives, steps and responsibilities."},
	{"nist", "NIST SP 800-34 Rev. 1, 3.5", "Test the contingency plan, such as recovery from backup media and restoration of operations; record results and lessons, and bring the plan up to date."},
}

// SupportsOnly stands wherever standards do.
const SupportsOnly = "This report supports these requirements with evidence. Whether an organisation meets them is not for a file to say."
