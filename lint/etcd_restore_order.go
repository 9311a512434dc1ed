package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
)

var etcdRestoreOrder = Rule{
	ID: "etcd-restore-order", Severity: plans.SeverityError,
	Summary: "etcd is restored after what it takes away again.",
	Why: "A snapshot of etcd is the whole cluster's state. Restored, it takes everything away that was installed, applied or restored since it was made: " +
		"Velero that a step before it has installed is gone, and the restore after it has nothing to run in. etcd comes first (Kubernetes' \"Operating etcd clusters\": a restore sets the cluster back to the snapshot's revision).",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			var restore *plans.OutlineStep // the next one
			for _, st := range slices.Backward(sec.Steps) {
				switch {
				case p.restoresAllOfEtcd(st):
					restore = st
				case restore != nil && p.putsIntoCluster(st):
					p.Report(st.Type.Key, "put it after the step "+restore.ID,
						"what this step brings is gone when the step %s has restored etcd", restore.ID)
				}
			}
		}
	},
}

// restoresAllOfEtcd reports whether a step sets etcd back to a snapshot.
func (s *Subject) restoresAllOfEtcd(st *plans.OutlineStep) bool {
	return st.Kind.Type == "etcd_restore" || slices.ContainsFunc(s.CallsOf(st), restoresEtcd)
}

// putsIntoCluster reports whether what a step does is kept in etcd.
func (s *Subject) putsIntoCluster(st *plans.OutlineStep) bool {
	if slices.Contains([]string{"velero_install", "velero_restore", "kube_apply"}, st.Kind.Type) {
		return true
	}
	return slices.ContainsFunc(s.CallsOf(st), func(c *Call) bool {
		return c.Runs("velero", "install") || c.Runs("velero", "restore", "create") || c.Runs("kubectl", "apply") ||
			c.Runs("kubectl", "create") || c.Runs("helm", "install") || c.Runs("helm", "upgrade")
	})
}
