package lint

import "github.com/drplan/drplan/plans"

var etcdRestorePeers = Rule{
	ID: "etcd-restore-peers", Severity: plans.SeverityError,
	Summary: "Several members of etcd are restored, and are not told of each other.",
	Why: "`snapshot restore` writes the members and their addresses into the data. Without `--initial-cluster` each of several members becomes a cluster of its own, of one, at `http://localhost:2380`; " +
		"without `--initial-advertise-peer-urls` it advertises `http://localhost:2380`, which is not what `--initial-cluster` says of it, and the restore refuses (etcdutl's defaults, and VerifyBootstrap in etcd's `server/config`; " +
		"etcd documentation, \"Disaster recovery\"). `etcd_restore` says both for each member.",
	Check: func(p *Pass) {
		p.eachRestore(func(r *etcdRestore, all []*etcdRestore) {
			if r.Unfinished() || !p.oneOfSeveral(r, all) || r.varies() {
				return
			}
			peers, _ := r.Flag("--initial-advertise-peer-urls")
			switch {
			case len(r.Peers) == 0:
				p.ReportCall(r.Call, "add `--initial-cluster` with all members and their peer URLs, the same for all, and `--initial-advertise-peer-urls` with this one's",
					"one of several members is restored without `--initial-cluster`: it becomes a cluster of its own")
			case peers == "":
				p.ReportCall(r.Call, "add `--initial-advertise-peer-urls` with what `--initial-cluster` says of this member",
					"without `--initial-advertise-peer-urls` this member advertises http://localhost:2380, which is not what `--initial-cluster` says")
			}
		})
	},
}

// oneOfSeveral reports whether a section restores other members, too. Of one that is
// restored alone another rule speaks.
func (s *Subject) oneOfSeveral(r *etcdRestore, all []*etcdRestore) bool {
	return (r.Several || len(r.Peers) > 1 || r.Step.ForEach != nil) && !r.alone(all)
}

// varies reports whether variables may give the command more flags than are seen.
func (r *etcdRestore) varies() bool {
	for _, a := range r.Args {
		if len(a) > 1 && a[0] == '$' && a[1] != '{' || len(a) > 2 && a[:2] == "${" && maskExpressions(a) == a {
			return true
		}
	}
	return false
}
