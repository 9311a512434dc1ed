package lint

import "github.com/drplan/drplan/plans"

var retryNotIdempotent = Rule{
	ID: "retry-not-idempotent", Severity: plans.SeverityWarning,
	Summary: "A command is tried again that may not be done twice.",
	Why: "An attempt can fail after it has done its work: the connection breaks, the time is over. The next one then does it again: a second row, a second backup, " +
		"`etcdutl snapshot restore` into a directory that is no longer empty. drplan's own steps know what an earlier attempt did; a command does not. `idempotent: true` says " +
		"that doing it twice does no harm, and lets a crashed run do it again as well. Commands that only look, and those such as `kubectl apply`, `mkdir -p` and `systemctl restart`, need no such word.",
	Check: func(p *Pass) {
		for _, st := range p.Steps() {
			if st.Kind.Type != "command" || st.Step.Retry.Attempts < 2 || st.Idempotent {
				continue
			}
			for _, c := range p.CallsOf(st) {
				if c.Unknown() || c.DoneTwice() {
					continue
				}
				p.ReportCall(c, "make it safe to do twice and say `idempotent: true`, or leave `retry:` out", "the step is tried %d times, and doing `%s` twice may do harm",
					st.Step.Retry.Attempts, short(c))
				break
			}
		}
	},
}
