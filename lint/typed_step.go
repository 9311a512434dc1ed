package lint

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var typedStepRule = Rule{
	ID: "typed-step", Severity: plans.SeverityInfo,
	Summary: "A command does what a typed step does better.",
	Why: "A command is a text to drplan: it cannot check it before the disaster, predict it, watch it, or find out after a crash what became of it, and its exit status is often no answer: " +
		"`velero backup create --wait` and `velero restore create --wait` exit with 0 when the backup or the restore has failed (RamenDR/ramen#1281), `kubectl get nodes` with nodes that are NotReady, `aws s3 cp` knows no " +
		"hash of the backup. Where the same has a typed step, the hint writes it out. `--fix` writes it into the plan where nothing is lost by it: the step stops where the " +
		"command would have gone on.",
	Check: func(p *Pass) { // what stands in a verification is for verification-cannot-fail to say
		for _, c := range p.Calls() {
			if c.Field != nil || c.Tested || c.Looped || c.Ignored || p.othersSpeak(c) {
				continue
			}
			t := typedFor(c)
			if t == nil || t.Type != "s3_latest" && (c.Piped || c.Captured) {
				continue
			}
			p.add(p.callFinding(c, t.Hint(), "`"+t.Type+"` is a step for what `"+short(c)+"` does"), p.swap(c, t))
		}
	},
}

// othersSpeak reports whether another rule says of the command what to write.
func (s *Subject) othersSpeak(c *Call) bool {
	return withoutWait(c) || s.lastLook(c)
}

// lastLook reports whether the command is what no-verification finds at a procedure's end.
func (s *Subject) lastLook(c *Call) bool {
	if s.looked == nil {
		s.looked = map[*yaml.Node]bool{}
		for _, sec := range s.Procedures {
			if n := len(sec.Steps); n > 0 && !slices.ContainsFunc(sec.Steps, verifies) {
				s.looked[sec.Steps[n-1].Node] = true
			}
		}
	}
	return s.looked[c.Step.Node] && c.Reads()
}

// withoutWait reports whether a command starts something in Velero and does not wait for it.
func withoutWait(c *Call) bool {
	return (c.Runs("velero", "restore", "create") || c.Runs("velero", "create", "restore") || c.Runs("velero", "backup", "create") || c.Runs("velero", "create", "backup")) &&
		!c.On("--wait", "-w") && !slices.Contains(c.Args, "...")
}
