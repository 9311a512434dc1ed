package etcd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/etcdclient"
)

// Restore is the kind etcd_restore.
func Restore() steps.Kind {
	return steps.Kind{
		Type:    "etcd_restore",
		Summary: "Restore every member of etcd from one snapshot.",
		Doc: `Makes a new cluster with the snapshot's data, in four barriers: the servers of ` + "`quiesce`" + ` and **all** members are stopped
and proven dead; then all are restored from one verified file, each beside its data directory, with one token and one
bump; then all directories are exchanged by rename; and only then any member is started. A failure before the first start
starts none, puts the old directories back, and says what is down and what starts it. Nothing that held data is deleted: it is
moved aside, to ` + "`DIR.old-…`" + `; within a directory that is a mount point, to ` + "`DIR/.old-…`" + `.

**A static pod** is restored in one of two ways (` + "`static_pod_way`" + `). The fast one leaves the manifest alone: the new directories are made
while the members run; then all of them are held still (SIGSTOP), the directories exchanged, and what stands still killed, so
that no old member acts after any new one may have begun; the kubelet starts them again within a second or two. The slow one takes the manifest
away, to a folder beside the kubelet's (` + "`/etc/kubernetes/manifests/etcd.yaml`" + ` to ` + "`/etc/kubernetes/manifests-stopped`" + `), and puts it back in the
end with an annotation: for the kubelet that is a new pod, which has no back-off. ` + "`auto`" + ` is fast where every member is a static
pod that runs and would be started again at once; it is slow for a member that is dead, crash-looping or was restarted in the last ten minutes
(the kubelet's back-off), and where no kubelet watches the manifest's folder. Nothing starts a static pod then: start the kubelet, within
` + "`start_timeout`" + ` or before you resume. In both ways **the control plane restarts** (` + "`restart`" + `): what it cached is of a time that is gone.

**The revision is raised** by max(10⁹, highest known revision − the snapshot's + 10⁶) and marked compacted, so that no
client that watches ever sees a revision twice with other content, and controllers list again what they cached. The highest
known one is the greatest of ` + "`known_revision`" + `, what running members say and what the databases of stopped ones hold.

**Refused**, before anything is stopped: a snapshot that is damaged, cut off, without an integrity hash, or not the one that
its metadata describe; a member that cannot be stopped; a running member that is not listed, whether the listed ones know of it
or only the snapshot does. One member restored beside running ones would fork the cluster: use etcd_member_replace for it.`,
		Example: `step: Restore etcd
etcd_restore:
  from: /var/backups/etcd.db
  tls: {ca: /etc/etcd/ca.crt, cert: /etc/etcd/client.crt, key: /etc/etcd/client.key}
  existing_data: move_aside
  members:
    - name: etcd-1
      data_dir: /var/lib/etcd
      peer_url: https://10.0.0.1:2380
      client_url: https://10.0.0.1:2379
      systemd_unit: etcd.service
`,
		ByHand:  restoreByHand,
		New:     func() steps.Step { return &restoreStep{} },
		Timeout: time.Hour,
		Traits:  steps.Traits{Restores: true, Mutates: true, Brings: steps.APIServer | steps.Velero},
		Outputs: []steps.Output{
			{Name: steps.OutDataSource, Type: steps.String, Doc: "The field data_source."},
			{Name: steps.OutRecoveryPoint, Type: steps.String, Doc: "When the snapshot was begun; empty when nothing says it."},
			{Name: steps.OutBackupRun, Type: steps.String, Doc: "The run that took the snapshot; empty when none did."},
			{Name: "revision", Type: steps.Int, Doc: "The snapshot's newest revision."},
			{Name: "bump", Type: steps.Int, Doc: "By how much it was raised; 0: not at all."},
			{Name: "restored_revision", Type: steps.Int, Doc: "The new cluster's first revision: the sum of both."},
			{Name: "known_revision", Type: steps.Int, Doc: "The highest revision that anything was known to have reached."},
			{Name: "hash", Type: steps.Int, Doc: "The snapshot's hash, as etcdutl snapshot status prints it (there in hexadecimal)."},
			{Name: "keys", Type: steps.Int, Doc: "Live keys in the snapshot."},
			{Name: "sha256", Type: steps.String, Doc: "SHA-256 of the file, in hexadecimal."},
			{Name: "token", Type: steps.String, Doc: "The new cluster's --initial-cluster-token."},
			{Name: "members", Type: steps.List, Doc: "Names of the members restored."},
			{Name: "old_dirs", Type: steps.List, Doc: "Where the old data are now."},
			{Name: "static_pod_way", Type: steps.String, Doc: "fast or slow; empty where no member is a static pod."},
			{Name: "restarted", Type: steps.List, Doc: "Manifests of the static pods of the control plane that were restarted."},
			{Name: "stopped_manifests", Type: steps.List, Doc: "With start: false, where the manifests of static pods wait; empty when all were put back."},
			{Name: "start_commands", Type: steps.List, Doc: "With start: false, what starts the members, then quiesce: one command line each; empty when they were started."},
		},
	}
}

type restoreStep struct {
	etcdclient.Auth
	From           string         `json:"from" plan:"required" doc:"The snapshot: a file. What stands in FILE.meta.json must fit it."`
	Members        []member       `json:"members" plan:"required" doc:"All members of the new cluster."`
	Token          string         `json:"initial_cluster_token" doc:"The new cluster's token; without it, a fresh one. It must never have been used."`
	Bump           bool           `json:"bump" default:"true" doc:"Raise the revision, and mark it compacted. false only for an etcd that serves no Kubernetes and no watcher."`
	BumpRevision   int64          `json:"bump_revision" doc:"By how much to raise it; without it, as computed above. Less than what is known to have been reached is refused."`
	Known          int64          `json:"known_revision" doc:"A revision that clients are known to have seen, such as that of an earlier etcd_members."`
	ExistingData   string         `json:"existing_data" default:"refuse" enum:"refuse,move_aside" doc:"What to do where a data directory holds data."`
	Quiesce        []dependent    `json:"quiesce" doc:"Servers to stop before the members and to start after them: the API servers."`
	StaticPodWay   string         `json:"static_pod_way" default:"auto" enum:"auto,fast,slow" doc:"How members that are static pods are restored, as above. fast fails, before anything is touched, where that way is not open."`
	Restart        []string       `json:"restart" doc:"Manifests of static pods to restart; without it, those of kube-apiserver, kube-controller-manager and kube-scheduler that lie beside a member's static_pod; [] for none."`
	BesideOriginal bool           `json:"beside_original" doc:"The members are a copy, and the cluster that the snapshot was taken of goes on running: for a drill that restores production's snapshot elsewhere. Without it the step is refused while a member runs that the snapshot names and the step does not list. It is no way to restore some of a cluster's own members: that stays refused."`
	Start          bool           `json:"start" default:"true" doc:"false leaves the members, and quiesce, to a later step, such as a command [sh, -ec, \"${item}\"] with for_each: ${steps.ID.start_commands}."`
	StopTimeout    steps.Duration `json:"stop_timeout" default:"1m" doc:"How long the members may take to be dead."`
	StartTimeout   steps.Duration `json:"start_timeout" default:"2m" doc:"How long a member may take to listen at its client_url."`
	DataSource     string         `json:"data_source" default:"etcd" doc:"What to call the data in the report: the same word as in the canary that looks for them."`
}

// Validate checks the config.
func (s *restoreStep) Validate(partial bool) error {
	errs := []error{s.Auth.Validate(partial)}
	for i, m := range s.Members {
		path := fmt.Sprintf("members[%d]", i)
		errs = append(errs, m.validate(path, partial))
		if !partial && s.Start && !m.CanStart() {
			errs = append(errs, steps.Errorf(path+".start", "say how to start it, or set start: false and start it in a later step"))
		}
	}
	if !partial && len(s.Members) == 0 {
		errs = append(errs, steps.Errorf("members", "name all members of the cluster"))
	}
	for i, d := range s.Quiesce {
		errs = append(errs, d.validate(fmt.Sprintf("quiesce[%d]", i), partial))
	}
	if s.BumpRevision < 0 || s.Known < 0 {
		errs = append(errs, steps.Errorf("bump_revision", "revisions are not below 0"))
	}
	if !partial && !s.Bump && s.BumpRevision > 0 {
		errs = append(errs, steps.Errorf("bump_revision", "bump: false says not to raise the revision"))
	}
	return errors.Join(append(errs, s.distinct())...)
}

// distinct checks that no two members share what must be their own.
func (s *restoreStep) distinct() error {
	var errs []error
	seen := map[string]int{}
	for i, m := range s.Members {
		for _, own := range []struct{ field, value string }{
			{"name", m.Name}, {"data_dir", m.DataDir}, {"wal_dir", m.WALDir}, {"peer_url", m.PeerURL}, {"static_pod", m.StaticPod},
		} {
			if own.value == "" {
				continue
			}
			key := own.field + "\x00" + own.value
			if other, taken := seen[key]; taken {
				errs = append(errs, steps.Errorf(fmt.Sprintf("members[%d].%s", i, own.field), "the same as that of members[%d]", other))
			}
			seen[key] = i
		}
	}
	return errors.Join(errs...)
}

// Run restores, or goes on where a crash left it.
func (s *restoreStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	r, err := s.open(in)
	if err != nil {
		return nil, err
	}
	return r.run(ctx)
}

// Reconcile reads the stage that was recorded before the crash. A restore that
// was interrupted is taken up by Run: before the exchange it is undone and
// begun again, after it it is finished.
func (s *restoreStep) Reconcile(_ context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	state, err := loadState(in.Dir)
	switch {
	case err != nil:
		return steps.Unknown, nil, err
	case state == nil || state.Stage == undone:
		return steps.NeverBegun, nil, nil
	case state.Stage == complete:
		return steps.Done, state.outputs(), nil
	}
	return steps.Running, nil, nil
}
