package verifybackup

import (
	"testing"

	"github.com/drplan/drplan/internal/labtest"
)

// TestWithoutNodeAgent: who would move the volumes' bytes does not run. It is seen
// before anything is done.
func TestWithoutNodeAgent(t *testing.T) {
	labtest.NeedsAlone(t)
	d := drill(t)
	defer d.LeavesNothing()()
	agents := func(nodeSelector string) {
		run(t, d.Lab, "kubectl", "patch", "-n", d.Lab.Cluster.VeleroNamespace, "daemonset/node-agent", "-p", `{"spec":{"template":{"spec":{"nodeSelector":{"no":`+nodeSelector+`}}}}}`)
		run(t, d.Lab, "kubectl", "rollout", "status", "-n", d.Lab.Cluster.VeleroNamespace, "daemonset/node-agent", "--timeout=2m")
	}
	agents(`"node"`)
	defer agents("null")
	d.Run().Refused(t, "node-agent")
}
