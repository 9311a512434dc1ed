package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
)

var pipeWithoutPipefail = Rule{
	ID: "pipe-without-pipefail", Severity: plans.SeverityWarning,
	Summary: "A pipe hides that one of its commands failed.",
	Why: "The exit status of a pipe is that of its last command (POSIX, XCU 2.9.2): in `pg_dump shop | gzip >dump.gz` a dump that breaks off half way leaves a file that looks " +
		"like a backup, and the step has succeeded. A command that is a string runs with `pipefail`; a shell that the plan starts itself (`[sh, -c, …]`, `kubectl exec … -- sh -c`) does not. " +
		"Commands whose failure says nothing, such as `echo`, are not counted.",
	Check: func(p *Pass) {
		var reported *Call
		for _, c := range p.Calls() {
			if !c.Piped || c.Pipefail || c.Tested || harmlessInPipe(c) || reported != nil && reported.node == c.node && reported.from == c.from && c.node != nil {
				continue
			}
			reported = c
			hint := "write the command as a string, which runs with pipefail, or begin the script with `set -o pipefail` where the shell has it"
			if c.Within {
				hint = "begin the script with `set -o pipefail` where the shell has it (bash, busybox), or write to a file and then compress it"
			}
			p.ReportCall(c, hint, "when `%s` fails, the pipe succeeds all the same", short(c))
		}
	},
}

// harmlessInPipe reports whether nobody misses the output of a command that failed,
// or whether what comes after it would fail too.
func harmlessInPipe(c *Call) bool {
	return slices.Contains([]string{"echo", "printf", "cat", "head", "tail", "seq", "yes", "true", "sort", "tr", "cut", "sed", "awk", "grep", "date", "ls", "find", "ps", "env"}, c.Name)
}
