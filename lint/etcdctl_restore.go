package lint

import "github.com/drplan/drplan/plans"

var etcdctlRestore = Rule{
	ID: "etcdctl-restore", Severity: plans.SeverityError,
	Summary: "A command that has been gone since etcd 3.6.",
	Why: "`etcdctl snapshot restore` and `etcdctl snapshot status` were deprecated in etcd 3.5 and removed in 3.6: the plan fails on the first " +
		"cluster that was upgraded. `etcdutl` has both. Source: etcd-io/etcd#13809.",
	Check: func(p *Pass) {
		for _, c := range p.Calls() {
			for _, sub := range []string{"restore", "status"} {
				if c.Runs("etcdctl", "snapshot", sub) {
					p.ReportCall(c, "use the step `etcd_restore`, or `etcdutl snapshot "+sub+"`", "`etcdctl snapshot %s` has been gone since etcd 3.6", sub)
				}
			}
		}
	},
}
