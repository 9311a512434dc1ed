package velero

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Names of preflight checks.
const (
	checkAccess     = "cluster_access"
	checkGuard      = "drill_guard"
	checkNamespaces = "namespaces"
	checkSchedule   = "schedule"
	checkQueue      = "backup_queue"
)

// Preflight checks that the backup could be made now.
func (s *backupStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return unreached
	}
	checks := []steps.Check{velero.CheckAccess(ctx, backupAccess(velero, s.FromSchedule != "")...)}
	backup, err := s.wanted(ctx, velero)
	if err != nil {
		return append(checks, steps.Check{Name: checkSchedule, Err: err, Defer: errors.Is(err, errNoSchedule)})
	}
	return append(checks, maker{velero, in, s.AcceptPartial}.checks(ctx, backup.Spec)...)
}

// PreflightEarly checks what no earlier step gives.
func (s *backupStep) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return unreached
	}
	asks := []ask{access(velero, backupAccess(velero, s.FromSchedule != "")...), velero.CheckRunning}
	if s.FromSchedule == "" && !in.Partial {
		asks = append(asks, func(ctx context.Context) steps.Check { return velero.CheckLocationEarly(ctx, s.StorageLocation, true) })
	}
	return together(ctx, asks...)
}

// backupAccess is what making a backup and fetching its results takes.
func backupAccess(velero *server.Server, schedule bool) []kubeclient.Access {
	needs := []kubeclient.Access{
		velero.Need("backups", "create", "get", "list", "watch"),
		velero.Need("podvolumebackups", "list", "watch"),
		velero.Need("backupstoragelocations", "list"),
		velero.Need("downloadrequests", "create", "list", "watch", "delete"),
		{Verbs: []string{"list"}, Group: "apps", Resource: "deployments", Namespace: velero.Namespace},
	}
	if schedule {
		needs = append(needs, velero.Need("schedules", "get"))
	}
	return needs
}

// checks are those of a backup that is to be made.
func (m maker) checks(ctx context.Context, spec velerov1.BackupSpec) []steps.Check {
	checks := []steps.Check{
		{Name: checkGuard, Err: m.guard(ctx, spec)},
		m.CheckRunning(ctx),
		m.CheckLocation(ctx, spec.StorageLocation, true),
		m.checkNamespaces(ctx, spec.IncludedNamespaces),
		m.checkQueue(ctx),
	}
	if m.movesFiles(ctx, spec) {
		checks = append(checks, m.CheckNodeAgent(ctx))
	}
	return checks
}

// movesFiles reports whether the node agent has work to do: by the spec, or by how
// the server is configured.
func (m maker) movesFiles(ctx context.Context, spec velerov1.BackupSpec) bool {
	if files := spec.DefaultVolumesToFsBackup; files != nil {
		return *files || spec.SnapshotMoveData != nil && *spec.SnapshotMoveData
	}
	d, err := m.Deployment(ctx)
	return err == nil && slices.ContainsFunc(d.Spec.Template.Spec.Containers[0].Args, func(arg string) bool {
		return arg == "--default-volumes-to-fs-backup" || arg == "--default-volumes-to-fs-backup=true"
	})
}

// checkNamespaces: of a namespace that is not there Velero makes an empty backup,
// which fails in part.
func (m maker) checkNamespaces(ctx context.Context, names []string) steps.Check {
	check := steps.Check{Name: checkNamespaces, Message: "all are there"}
	var missing []string
	for _, name := range names {
		if !server.IsNamespace(name) {
			continue // a pattern
		}
		var ns corev1.Namespace
		err := m.Retry(ctx, func() error { return m.Get(ctx, client.ObjectKey{Name: name}, &ns) })
		switch {
		case apierrors.IsNotFound(err):
			missing = append(missing, name)
		case err != nil:
			check.Err = err
			return check
		}
	}
	if len(missing) > 0 {
		check.Defer = true // an earlier step may make them
		check.Err = fmt.Errorf("the namespace %s does not exist, and the backup would fail in part", strings.Join(missing, ", "))
	}
	return check
}

// checkQueue tells of backups that this one would wait for; it refuses nothing.
func (m maker) checkQueue(ctx context.Context) steps.Check {
	check := steps.Check{Name: checkQueue, Message: "no other backup is under way"}
	open, err := m.UnfinishedBackups(ctx)
	switch {
	case err != nil:
		check.Err, check.Defer = err, errors.Is(err, server.ErrNoVelero)
	case len(open) > 0:
		var texts []string
		for _, b := range open {
			texts = append(texts, server.DescribeBackup(b))
		}
		check.Message = "it will wait for " + few(texts)
	}
	return check
}
