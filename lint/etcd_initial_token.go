package lint

import "github.com/drplan/drplan/plans"

var etcdInitialToken = Rule{
	ID: "etcd-initial-token", Severity: plans.SeverityWarning,
	Summary: "A cluster of etcd is restored under its old token.",
	Why: "The cluster's ID and its members' are computed from the peers and `--initial-cluster-token`. Without a token of its own the restored cluster can have the IDs of the old one, and a member of the old one " +
		"that is still alive somewhere, or comes back, talks to it as if it belonged to it (etcd documentation, \"Clustering\": each cluster gets a unique token; etcd-io/etcd#15793). " +
		"The rule is about clusters of several members; `etcd_restore` makes a fresh token.",
	Check: func(p *Pass) {
		p.eachRestore(func(r *etcdRestore, all []*etcdRestore) {
			if _, given := r.Flag("--initial-cluster-token"); !given && len(r.Peers) > 1 && !r.alone(all) {
				p.ReportCall(r.Call, "add `--initial-cluster-token` with a value that was never used, the same for all members", "the restored cluster has no token of its own: members of the old one may take it for theirs")
			}
		})
	},
}
