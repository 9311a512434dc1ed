package velero

import (
	"context"
	"errors"
	"fmt"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Run makes the backup and waits for its end.
func (s *backupStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	velero, err := s.Dial(in)
	if err != nil {
		return nil, err
	}
	m := maker{velero, in, s.AcceptPartial}
	if in.Attach {
		return m.finish(ctx)
	}
	backup, err := s.wanted(ctx, velero)
	if err != nil {
		return nil, err
	}
	return m.makeBackup(ctx, backup)
}

// Reconcile finds the attempt's backup by its name.
func (s *backupStep) Reconcile(ctx context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	velero, err := s.Dial(in)
	if err != nil {
		return steps.Unknown, nil, err
	}
	return maker{velero, in, s.AcceptPartial}.reconcile(ctx)
}

// wanted is the backup that the fields ask for, without its name.
func (s *backupStep) wanted(ctx context.Context, velero *server.Server) (*velerov1.Backup, error) {
	if s.FromSchedule != "" {
		schedule, err := findSchedule(ctx, velero, s.FromSchedule)
		if err != nil {
			return nil, err
		}
		backup := fromSchedule(schedule)
		backup.Labels = merged(backup.Labels, s.Labels)
		return backup, nil
	}
	spec, err := s.spec()
	if err != nil {
		return nil, steps.Final(err)
	}
	backup := &velerov1.Backup{Spec: spec}
	backup.Labels = merged(nil, s.Labels)
	return backup, nil
}

// maker makes the backup of an attempt and waits for it.
type maker struct {
	*server.Server
	in            *steps.Run
	acceptPartial bool
}

func (m maker) name() string { return server.Name(m.in) }

func (m maker) makeBackup(ctx context.Context, backup *velerov1.Backup) (steps.Outputs, error) {
	if err := m.guard(ctx, backup.Spec); err != nil {
		return nil, err
	}
	if err := m.AwaitAvailable(ctx, backup.Spec.StorageLocation, m.in.Progress); err != nil {
		return nil, err
	}
	backup.Namespace, backup.Name = m.Namespace, m.name()
	server.Mark(backup, m.in)
	if err := m.Retry(ctx, func() error { return m.createOnce(ctx, backup) }); err != nil {
		return nil, err
	}
	m.in.Log.Info("backup created", "backup", backup.Name)
	return m.finish(ctx)
}

// createOnce takes a backup of this run and name for the one that it would
// make: an earlier request got through.
func (m maker) createOnce(ctx context.Context, backup *velerov1.Backup) error {
	err := m.Create(ctx, backup.DeepCopy())
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	var there velerov1.Backup
	if err := m.Get(ctx, m.Key(backup.Name), &there); err != nil {
		return err
	}
	if !server.Ours(&there, m.in) {
		return steps.Final(fmt.Errorf("there is a backup %s already, which this run did not make", backup.Name))
	}
	return nil
}

// guard keeps a drill from backing up what is not its own: a backup runs the
// hooks in the pods that it meets.
func (m maker) guard(ctx context.Context, spec velerov1.BackupSpec) error {
	if len(spec.IncludedNamespaces) == 0 {
		return m.Guard(ctx, m.in, "")
	}
	for _, ns := range spec.IncludedNamespaces {
		if !server.IsNamespace(ns) {
			ns = "" // a pattern: of whatever is there
		}
		if err := m.Guard(ctx, m.in, ns); err != nil {
			return err
		}
	}
	return nil
}

// errGone is final: the backup will not come back.
var errGone = steps.Final(errors.New("the backup is gone: somebody has deleted it"))

// finish waits for the backup's end and says what came of it.
func (m maker) finish(ctx context.Context) (steps.Outputs, error) {
	backup, err := m.await(ctx)
	if err != nil {
		return nil, err
	}
	return m.end(ctx, backup)
}

func (m maker) reconcile(ctx context.Context) (steps.Verdict, steps.Outputs, error) {
	var backup velerov1.Backup
	err := m.Retry(ctx, func() error { return m.Get(ctx, m.Key(m.name()), &backup) })
	switch {
	case apierrors.IsNotFound(err):
		return steps.NeverBegun, nil, nil
	case err != nil:
		return steps.Unknown, nil, err
	case !server.OfBackup(backup.Status.Phase).Ended():
		return steps.Running, nil, nil
	}
	out, err := m.end(ctx, &backup)
	if err != nil {
		return steps.Ended, nil, err
	}
	return steps.Done, out, nil
}
