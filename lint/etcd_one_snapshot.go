package lint

import "github.com/drplan/drplan/plans"

var etcdOneSnapshot = Rule{
	ID: "etcd-one-snapshot", Severity: plans.SeverityWarning,
	Summary: "Members of etcd are restored from different files.",
	Why: "The members of a new cluster have one history only if they come from one snapshot. From two, each member serves its own data, and no error says so " +
		"(etcd documentation, \"Disaster recovery\"; etcd-io/etcd#9248). Copy one file to all hosts under one name; `etcd_restore` restores all members from one file.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			var first *etcdRestore
			for _, r := range p.etcdRestores(sec) {
				switch {
				case r.Unfinished() || !literal(r.File) || len(r.Peers) < 2:
				case first == nil:
					first = r
				case r.File != first.File && r.Name != first.Name:
					p.ReportCall(r.Call, "restore all members from one file", "this member is restored from %s, and %s from %s", r.File, first.Name, first.File)
				}
			}
		}
	},
}
