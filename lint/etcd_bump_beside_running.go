package lint

import "github.com/drplan/drplan/plans"

var etcdBumpBesideRunning = Rule{
	ID: "etcd-bump-beside-running", Severity: plans.SeverityError,
	Summary: "One member of etcd gets a raised revision while the others keep theirs.",
	Why: "A revision belongs to the cluster, not to a member. One that is restored with `--bump-revision` beside members that run has other data at every revision: " +
		"the cluster forks, and who reads what depends on the member that answers (etcd-io/etcd#16028, openshift/cluster-etcd-operator#1626). One member that failed is removed " +
		"and added again with an empty data directory: it gets its data from the others. The step `etcd_member_replace` does that.",
	Check: func(p *Pass) {
		p.eachRestore(func(r *etcdRestore, all []*etcdRestore) {
			if r.bumps() && r.alone(all) {
				p.ReportCall(r.Call, "use the step `etcd_member_replace` for one member, or restore all members from one snapshot with `etcd_restore`",
					"the revision of this member alone is raised, beside members that have theirs")
			}
		})
	},
}
