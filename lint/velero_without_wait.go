package lint

import (
	"regexp"
	"strings"
	"sync"

	"github.com/drplan/drplan/plans"
)

var veleroWithoutWait = Rule{
	ID: "velero-without-wait", Severity: plans.SeverityWarning,
	Summary: "Velero is asked for a backup or a restore, and nobody waits for it.",
	Why: "`velero restore create` and `velero backup create` return when the request is written. The next step then runs beside the restore, its verification looks at half of it, " +
		"and the measured RTO ends before anything is back. With `--wait` the command waits, and still exits with 0 when the restore has failed (RamenDR/ramen#1281); the steps `velero_restore` and `velero_backup` " +
		"wait for every phase and fail with it.",
	Check: func(p *Pass) {
		for _, sec := range p.Sections() {
			for i, st := range sec.Steps {
				for _, c := range p.CallsOf(st) {
					if withoutWait(c) && !p.waitedFor(c, below(sec.Steps, i)) {
						p.notWaited(c)
					}
				}
			}
		}
	},
}

func (p *Pass) notWaited(c *Call) {
	hint := "add `--wait`, or use the step `velero_restore`"
	if strings.Contains(c.String(), "backup create") {
		hint = "add `--wait`, or use the step `velero_backup`"
	}
	var fix []Edit
	if t := typedFor(c); t != nil {
		hint = t.Hint()
		fix = p.swap(c, t)
	}
	p.add(p.callFinding(c, hint, "`"+short(c)+"` returns at once: what follows runs beside it"), fix)
}

// waitedFor reports whether a later command, or a later one of the same step, waits for
// what Velero does.
func (s *Subject) waitedFor(c *Call, list []*plans.OutlineStep) bool {
	for _, st := range list {
		if st.Kind.Type == "kube_wait" && strings.Contains(word(st, "kind"), "velero.io") {
			return true
		}
		for _, o := range s.CallsOf(st) {
			asks := o.Runs("kubectl", "wait") || o.Looped || o.Tested || asksAgain(o) || st.Step.Retry.Attempts > 1
			if o != c && asks && (o.Name == "velero" && o.Reads() || o.Name == "kubectl" && strings.Contains(strings.Join(o.Args, " "), "velero")) {
				return true
			}
		}
	}
	return false
}

// asksAgain reports whether the answer of a command is the condition of a loop:
// while [ "$(kubectl get restore …)" != Completed ].
func asksAgain(c *Call) bool {
	return c.Captured && c.node != nil && loopOnOutput().MatchString(c.node.Value)
}

var loopOnOutput = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[\s;])(?:while|until)\s[^;\n]*(?:\$\(|` + "`" + `)`)
})
