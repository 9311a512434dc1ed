package lint

import (
	"strings"

	"github.com/drplan/drplan/plans"
)

var verificationCannotFail = Rule{
	ID: "verification-cannot-fail", Severity: plans.SeverityWarning,
	Summary: "A verification passes whatever it finds.",
	Why: "A recovery ends with its last verification, and a drill is good when it passes. One whose command succeeds whatever it sees is worse than none, for it looks like evidence: `true`, what has `|| true` behind it, " +
		"a pipe that ends in `wc -l`, `kubectl get` of a kind, which succeeds with Pods that crash and with none, and `kubectl get … | grep -v Running`, which the table's first line passes. " +
		"The rule is about `verify:` with `command` and `in_pod`, where neither `stdout:` nor `exit:` says what is expected. Of curl without `-f` the rule curl-without-fail speaks.",
	Check: func(p *Pass) {
		for _, st := range p.Steps() {
			if st.Kind.Type != "verify" {
				continue
			}
			for list := p.FieldCallsOf(st); len(list) > 0; {
				n := 1
				for n < len(list) && list[n].Field == list[0].Field {
					n++
				}
				if !list[0].Field.judged() && passes(list[:n]) {
					p.cannotFail(list[:n])
				}
				list = list[n:]
			}
		}
	},
}

// cannotFail reports a field's commands, at the one that matters most.
func (p *Pass) cannotFail(list []*Call) {
	hint := "let it fail where the service is down (`curl -f`, `grep -q`, `test`, `kubectl wait`), or say in `stdout:` what it must print"
	c := list[0]
	for _, one := range list {
		if t := asVerification(one); t != nil && t.Type == "verify" && t.Kubeconfig == "" {
			c, hint = one, "write the assertion `"+strings.TrimSuffix(strings.TrimPrefix(t.Fields, "{"), "}")+"`"
		}
	}
	switch {
	case len(list) == 1 && lists(c):
		p.ReportCall(c, hint, "this passes whatever it finds: `%s` succeeds also where what it lists is broken, or nothing", short(c))
	case c.Ignored:
		p.ReportCall(c, "take `|| …` away, or say in `stdout:` what it must print", "this passes whatever it finds: `|| …` makes a failure of `%s` a success", short(c))
	default:
		p.ReportCall(c, hint, "this passes whatever it finds: no command of it can fail by what it sees")
	}
}
