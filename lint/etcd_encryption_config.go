package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var etcdEncryptionConfig = Rule{
	ID: "etcd-encryption-config", Severity: plans.SeverityInfo,
	Summary: "A control plane's etcd is restored on a new machine, without the keys that belong to it.",
	Why: "An etcd snapshot holds objects, and of Secrets often only ciphertext: without the EncryptionConfiguration that wrote them the API server cannot read them (kubernetes/kubernetes#53301). Without the old PKI, " +
		"service accounts' tokens and the kubelets' certificates are invalid. Both are on the control plane's disk and in no snapshot. `files_backup: {kubeadm: /etc/kubernetes}` keeps them, `files_restore` brings them back.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			p.withoutKeys(sec)
		}
	},
}

func (p *Pass) withoutKeys(sec *plans.Section) {
	fresh := false
	for _, st := range sec.Steps {
		switch {
		case st.Kind.Type == "files_restore" || p.bringsKeys(st):
			return
		case p.provisions(st):
			fresh = true
		case fresh && p.Kubernetes() && st.Kind.Type == "etcd_restore":
			p.Report(st.Type.Key, "bring back /etc/kubernetes/pki and the encryption configuration before it: `files_restore:` from a backup of `files_backup: {kubeadm: /etc/kubernetes}`",
				"the machine is new, and nothing brings back the keys that this etcd's cluster needs")
			return
		case fresh && p.Kubernetes():
			for _, c := range p.CallsOf(st) {
				if restoresEtcd(c) {
					p.ReportCall(c, "bring back /etc/kubernetes/pki and the encryption configuration before it: `files_restore:` from a backup of `files_backup: {kubeadm: /etc/kubernetes}`",
						"the machine is new, and nothing brings back the keys that this etcd's cluster needs")
					return
				}
			}
		}
	}
}

// bringsKeys reports whether a step says or does something about keys.
func (s *Subject) bringsKeys(st *plans.OutlineStep) bool {
	about := func(text string) bool {
		text = strings.ToLower(text)
		return strings.Contains(text, "pki") || strings.Contains(text, "encryption") || strings.Contains(text, "certificat")
	}
	return about(st.Name.Value) || slices.ContainsFunc(s.CallsOf(st), func(c *Call) bool { return !strings.Contains(c.Name, "etcd") && about(c.String()) })
}
