package velero

import (
	"context"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/contents"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Restore is the kind velero_restore.
func Restore() steps.Kind {
	return steps.Kind{
		Type:    "velero_restore",
		Summary: "Restore objects and volumes from a Velero backup.",
		Doc:     restoreDoc,
		Example: `step: Restore the namespace with its volumes
velero_restore:
  from_backup: production-20260101030000
  include_namespaces: [production]
`,
		ByHand: `velero{{with .velero_namespace}} -n {{quote .}}{{end}} restore create --from-backup {{quote .from_backup}}
{{- with .include_namespaces}} --include-namespaces {{join . ","}}{{end}}
{{- with .exclude_namespaces}} --exclude-namespaces {{join . ","}}{{end}}
{{- with .include_resources}} --include-resources {{join . ","}}{{end}}
{{- with .exclude_resources}} --exclude-resources {{join . ","}}{{end}}
{{- range $from, $to := .namespace_mappings}} --namespace-mappings {{quote $from}}:{{quote $to}}{{end}}
{{- with .selector}} --selector {{quote .}}{{end}} --wait`,
		New:     func() steps.Step { return &restoreStep{} },
		Timeout: time.Hour,
		Traits:  steps.Traits{Restores: true, Mutates: true, Cluster: true, WorldTells: true},
		Outputs: []steps.Output{
			{Name: "restore", Type: steps.String, Doc: "The name of Velero's Restore."},
			{Name: "backup", Type: steps.String, Doc: "The backup's name."},
			{Name: steps.OutDataSource, Type: steps.String, Doc: "The field data_source."},
			{Name: steps.OutRecoveryPoint, Type: steps.String, Doc: "When the backup began; empty when Velero does not say it."},
			{Name: steps.OutBackupRun, Type: steps.String, Doc: "The run that made the backup; empty when none did."},
			{Name: "items", Type: steps.Int, Doc: "Objects that were restored."},
			{Name: "warnings", Type: steps.Int, Doc: "Warnings of Velero, which are in NAME-results.json in the step's folder."},
			{Name: "errors", Type: steps.Int, Doc: "Errors of Velero; above 0 only with accept_partial."},
			{Name: steps.OutDegraded, Type: steps.Bool, Doc: "The restore ended PartiallyFailed, and was accepted."},
			{Name: "namespaces", Type: steps.List, Doc: "The namespaces that were restored into."},
			{Name: "isolation", Type: steps.String, Doc: "deny_all or none."},
			{Name: "isolation_proof", Type: steps.String, Doc: "What shows that the isolation holds, or why nothing does."},
			{Name: steps.OutUnproven, Type: steps.String, Doc: "What of the isolation is not proven, for the report; empty when it is, or when nothing is isolated."},
		},
	}
}

const restoreDoc = `Makes a Velero Restore, whose name derives from run, step and attempt, and watches it until it has ended, the phases after
InProgress included. A resume finds it by its name and waits for it; nothing is restored twice.

**What exists.** Velero skips an object that exists, restores no data of its volumes, and reports Completed. So with
` + "`existing: fail`" + `, the default, the step refuses to begin where objects of the backup exist in the target namespaces, and fails
when Velero skipped any. What every cluster puts into a new namespace itself does not count: kube-root-ca.crt, service
accounts, endpoints, revisions of controllers; nor do CustomResourceDefinitions, which are no data.

**Another attempt** first stops what an earlier one left going, deletes the objects that it created (by Velero's label
velero.io/restore-name, and never one that is older than that restore), in a drill its namespaces too, and waits until all are gone.

**While nothing moves** the step says why: the pod, the volume's PodVolumeRestore or DataDownload, the claim, the node agent, or
the restore that it waits behind. Velero works on one restore after another, so one that hangs blocks all that follow; without
` + "`item_timeout`" + ` it is told to give up when the step's deadline comes, and not after four hours.

**Isolation in a drill.** What is restored beside production would act: consume queues, fire schedules, publish names. With
` + "`isolation: {policy: deny_all}`" + ` the target namespaces are made first, with a policy that denies every connection; pods are taken off
the node's network, CronJobs and Jobs suspended, Services of type LoadBalancer and NodePort made ClusterIP, external-dns' annotations
removed, and Ingresses, Gateways, routes and certificates not restored. A namespace that is made so has none of the
backup's labels. It is the default in a drill **where something new would run beside something old**: with namespace_mappings, and where the
backup came from another cluster's bucket. What is restored under its own name into the cluster that made the backup is
what that drill's disaster took away from there; it is not isolated, for it runs where it ran before, and must serve to be
verified. ` + "`policy: none`" + ` where deny_all is the default needs a reason.

A policy does nothing where no network plugin enforces it. With ` + "`probe_image`" + ` a pod in each new namespace proves it: a connection
to the API server that was open before is denied after, else nothing is restored. Without it the report says that
nothing was proven, under what is worth knowing, and so does the output isolation_proof.

**When it has to end early**, at its deadline or by Ctrl-C: a restore that Velero has not begun is taken back. In a drill one that
goes on is stopped, as another attempt would stop it, within a minute: its volumes are called off, and it ends PartiallyFailed;
the drill's cleanup can then delete what it made. In a recovery it goes on in the cluster, for people wait for it: after Ctrl-C a
resumed run waits for that restore, and begins no other; after a deadline the error says what it blocks, and another attempt stops it.

**What Velero must be**: 1.13 for an isolation, and 1.17 where volumes' files are to be called off.`

type restoreStep struct {
	server.Where
	FromBackup        string            `json:"from_backup" plan:"required" doc:"The backup's name, such as that of velero_latest."`
	IncludeNamespaces []string          `json:"include_namespaces" doc:"Namespaces of the backup; without it, all."`
	ExcludeNamespaces []string          `json:"exclude_namespaces" doc:"Namespaces of the backup to leave out."`
	IncludeResources  []string          `json:"include_resources" doc:"Kinds, as plurals such as deployments.apps; without it, all."`
	ExcludeResources  []string          `json:"exclude_resources" doc:"Kinds to leave out."`
	ClusterResources  string            `json:"cluster_resources" default:"as_needed" enum:"as_needed,all,none" doc:"Objects of the whole cluster: those that what is restored needs, all in the backup, or none."`
	Mappings          map[string]string `json:"namespace_mappings" doc:"Restore a namespace into one of another name: {production: production-drill}."`
	Selector          string            `json:"selector" doc:"Only objects whose labels fit, such as app=web,tier!=cache."`
	Existing          string            `json:"existing" default:"fail" enum:"fail,keep,update" doc:"What to do with an object that exists: fail, keep it as it is, or try to make it as in the backup (a volume's data stay as they are)."`
	RestorePVs        *bool             `json:"restore_pvs" doc:"false restores no volumes from snapshots."`
	ItemTimeout       steps.Duration    `json:"item_timeout" doc:"How long Velero may take for volumes and for what plugins do; without it, until the step's deadline."`
	AcceptPartial     bool              `json:"accept_partial" doc:"Let the verification decide about a restore that ended PartiallyFailed; the output degraded is then true."`
	Isolation         *isolation        `json:"isolation" doc:"Keep what is restored from acting; see above for the default."`
	DataSource        string            `json:"data_source" default:"kubernetes" doc:"What to call the data in the report: the same word as in the canary that looks for them."`
}

// selection is what of the backup is restored, and where to.
func (s *restoreStep) selection() contents.Selection {
	return contents.Selection{
		IncludeNamespaces: s.IncludeNamespaces, ExcludeNamespaces: s.ExcludeNamespaces,
		IncludeResources: s.IncludeResources, ExcludeResources: s.ExcludeResources, Mappings: s.Mappings,
	}
}

// Run restores, or waits for what was begun before a crash.
func (s *restoreStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	r, err := s.open(in)
	if err != nil {
		return nil, err
	}
	return r.run(ctx)
}
