package lint

import "github.com/drplan/drplan/plans"

var etcdBumpRevision = Rule{
	ID: "etcd-bump-revision", Severity: plans.SeverityWarning,
	Summary: "etcd below Kubernetes is restored without raising its revision.",
	Why: "A snapshot sets etcd's revision back. Controllers, operators and kubelets keep what they cached and watch on from a revision that now means other data, or does not exist: " +
		"they go on with stale caches, without an error. `etcdutl snapshot restore` has `--bump-revision` and `--mark-compacted` for it since 3.5.10 and 3.6 " +
		"(etcd-io/etcd#16028); etcdutl wants both or none. The step `etcd_restore` does it by itself, unless `bump: false` forbids it. For an etcd that serves no Kubernetes and no watcher it is not needed: " +
		"the rule speaks where something in the plan is about Kubernetes.",
	Check: func(p *Pass) {
		p.eachRestore(func(r *etcdRestore, all []*etcdRestore) {
			_, bump := r.Flag("--bump-revision")
			switch {
			case r.Name == "" || r.Call.Name != "etcdutl" || r.Unfinished() || r.alone(all):
			case bump != r.On("--mark-compacted"):
				p.ReportCall(r.Call, "give both, such as `--bump-revision 1000000000 --mark-compacted`", "etcdutl wants `--bump-revision` and `--mark-compacted` together, or it does nothing")
			case !bump && p.Kubernetes():
				p.ReportCall(r.Call, "add `--bump-revision 1000000000 --mark-compacted`, or use the step `etcd_restore`", "Kubernetes' controllers would go on with what they cached before the restore")
			}
		})
		for _, st := range p.Steps() {
			if n := st.Field("bump"); st.Kind.Type == "etcd_restore" && n != nil && n.Value == "false" && p.Kubernetes() {
				p.Report(n, "leave `bump:` out", "Kubernetes' controllers would go on with what they cached before the restore")
			}
		}
	},
}
