package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
)

var veleroPartial = Rule{
	ID: "velero-partial", Severity: plans.SeverityWarning,
	Summary: "A restore that failed in part is good enough, and nothing says for what.",
	Why: "PartiallyFailed is anything from one webhook that did not answer to every volume being empty (velero-io/velero#4524). `accept_partial: true` leaves it to the verification whether what is there serves; " +
		"where nothing verifies it afterwards, nobody decides.",
	Check: func(p *Pass) {
		for _, sec := range p.Sections() {
			whole := sec.Whole()
			last := -1
			for i, st := range whole {
				if verifies(st) {
					last = i
				}
			}
			for i, st := range whole {
				n := st.Field("accept_partial")
				if n != nil && n.Value == "true" && i > last && slices.Contains(sec.Steps, st) {
					p.Report(n, "add a step `verify:` after it, or leave `accept_partial:` out", "nothing after it verifies what a restore that failed in part has left")
				}
			}
		}
	},
}
