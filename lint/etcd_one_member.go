package lint

import "github.com/drplan/drplan/plans"

var etcdOneMember = Rule{
	ID: "etcd-one-member", Severity: plans.SeverityError,
	Summary: "One of several members of etcd is restored from a snapshot.",
	Why: "`snapshot restore` makes a new cluster: new IDs, old data. A member that was made so cannot join the ones that run; where it does get to talk to them, its data differ from theirs " +
		"(etcd-io/etcd#9248, etcd documentation, \"Disaster recovery\": all members are restored from the same snapshot). One member that failed is removed with `etcdctl member remove`, added with `member add` " +
		"and started with an empty data directory; the step `etcd_member_replace` does that. Where the quorum is lost, all members are restored: `etcd_restore`.",
	Check: func(p *Pass) {
		p.eachRestore(func(r *etcdRestore, all []*etcdRestore) {
			if !r.bumps() && r.alone(all) {
				p.ReportCall(r.Call, "use the step `etcd_member_replace` for one member, or restore all members from one snapshot with `etcd_restore`",
					"this restores one of several members from a snapshot; it cannot join the others")
			}
		})
	},
}
