package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var etcdRestartControlPlane = Rule{
	ID: "etcd-restart-control-plane", Severity: plans.SeverityWarning,
	Summary: "etcd is restored below a control plane that runs on.",
	Why: "kube-apiserver, kube-controller-manager and kube-scheduler cache what etcd held. After a restore they must be restarted, or they act on objects that are not there any more and overlook those that are " +
		"back (kubernetes/website#24911, Kubernetes' \"Operating etcd clusters\"). `etcd_restore` restarts static pods by itself; where etcd is a unit of systemd, name the API servers in `quiesce:` or restart them in a later step.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			for i, st := range sec.Steps {
				if p.restoresBelow(st) && !p.restartsControlPlane(sec.Steps[i:]) && p.Kubernetes() {
					p.controlPlane(st)
					break
				}
			}
		}
	},
}

func (p *Pass) controlPlane(st *plans.OutlineStep) {
	hint := "restart them afterwards: move the manifests of /etc/kubernetes/manifests away and back, `systemctl restart kube-apiserver …`, or use the step `etcd_restore`"
	for _, c := range p.CallsOf(st) {
		if restoresEtcd(c) {
			p.ReportCall(c, hint, "nothing restarts the API server, the controller manager and the scheduler, which go on with what they cached")
			return
		}
	}
	p.Report(st.Type.Key, "stop and start the API servers with `quiesce:`, or restart them in a later step", "nothing restarts the API server, the controller manager and the scheduler, which go on with what they cached")
}

// restoresBelow reports whether a step restores etcd and nothing else: no static pods
// that etcd_restore would restart, no quiesce.
func (s *Subject) restoresBelow(st *plans.OutlineStep) bool {
	if st.Kind.Type == "etcd_restore" {
		members := st.Field("members")
		if members == nil || st.Field("quiesce") != nil || st.Field("restart") != nil {
			return false
		}
		return !slices.Contains(keysBelow(members), "static_pod")
	}
	return slices.ContainsFunc(s.CallsOf(st), func(c *Call) bool {
		return restoresEtcd(c) && !slices.Contains(c.Args, "...")
	})
}

// restartsControlPlane reports whether anything in some steps restarts what serves the
// API, or leaves it to people.
func (s *Subject) restartsControlPlane(list []*plans.OutlineStep) bool {
	for _, st := range list {
		if st.Kind.Wait == "duration" && strings.Contains(strings.ToLower(st.Name.Value), "restart") {
			return true
		}
		for _, c := range s.CallsOf(st) {
			if c.Name == "reboot" || c.Name == "shutdown" || c.Runs("kubeadm", "init") {
				return true
			}
			for _, what := range []string{"kube-apiserver", "kube-controller", "manifests", "kubelet", "k3s", "rke2", "kube-system", "microk8s"} {
				if strings.Contains(c.String(), what) && !c.Reads() {
					return true
				}
			}
		}
	}
	return false
}
