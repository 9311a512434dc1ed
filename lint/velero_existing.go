package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var veleroExisting = Rule{
	ID: "velero-existing", Severity: plans.SeverityInfo,
	Summary: "A restore may skip what it should restore.",
	Why: "Velero skips every object that exists and restores nothing of its volumes, and the restore is Completed all the same (velero-io/velero#6142). `--existing-resource-policy update` changes objects as far as the API lets it, " +
		"and a volume's data never (velero-io/velero#6818). After an accident half of a namespace is often left. So prove first that what is to be restored is absent: `verify: {resources_exist: [{kind: Namespace, name: …, equals: 0}]}`, " +
		"or delete it; the step `velero_restore` refuses where anything of the backup exists, unless `existing:` says otherwise. On a cluster that was just made nothing exists, and the rule is silent.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			absent := false
			for _, st := range sec.Steps {
				absent = absent || p.provesAbsence(st)
				for _, c := range p.CallsOf(st) {
					policy, given := c.Flag("--existing-resource-policy")
					_, mapped := c.Flag("--namespace-mappings")
					switch {
					case !velerosRestore(c) || absent || mapped || given && policy == "none":
					case given:
						p.ReportCall(c, "delete what is damaged first, with its volumes", "`update` changes objects as far as the API lets it, and leaves the data of volumes that exist as they are")
					default:
						p.ReportCall(c, "prove before it that they are absent, or use `velero_restore`, which does so", "Velero skips objects and volumes that exist, and the restore is Completed all the same")
					}
				}
			}
		}
	},
}

// provesAbsence reports whether after a step nothing of what is to be restored is there:
// it was deleted, looked for, or the cluster is new.
func (s *Subject) provesAbsence(st *plans.OutlineStep) bool {
	switch st.Kind.Type {
	case "kube_delete", "velero_install":
		return true
	case "verify":
		return st.Field("resources_exist") != nil
	case "kube_wait":
		return word(st, "for") == "deleted"
	}
	return s.provisions(st) || slices.ContainsFunc(slices.Concat(s.CallsOf(st), s.FieldCallsOf(st)), func(c *Call) bool {
		return c.Runs("kubectl", "delete") && !deletesPods(c) || c.Runs("velero", "install") || c.Runs("kubectl", "get") && (c.Tested || strings.Contains(c.String(), "namespace")) || c.Runs("helm", "uninstall")
	})
}

// velerosRestore reports whether a command asks Velero for a restore, in either order
// of its words.
func velerosRestore(c *Call) bool {
	return c.Runs("velero", "restore", "create") || c.Runs("velero", "create", "restore")
}

// deletesPods reports whether only pods are deleted, or what stands for a run of them:
// what made them makes them again, and it is still there.
func deletesPods(c *Call) bool {
	words := c.Words()
	for i, w := range words {
		if w == "delete" && i+1 < len(words) {
			kind, _, _ := strings.Cut(words[i+1], "/")
			return slices.Contains([]string{"pod", "pods", "po", "job", "jobs", "event", "events", "lease", "leases"}, kind)
		}
	}
	return false
}
