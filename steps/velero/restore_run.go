package velero

import (
	"context"
	"errors"
	"fmt"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
	"github.com/drplan/drplan/steps/velero/internal/stuck"
)

// restore is one attempt of a step.
type restore struct {
	*restoreStep
	*server.Server
	in     *steps.Run
	name   string
	backup *velerov1.Backup

	targets []string // namespaces to restore into; all that are in the backup, unless they are named
	there   []string // those of them that are there already
	proof   string   // of the isolation

	seen *velerov1.Restore // as it was last seen while it was waited for
}

func (s *restoreStep) open(in *steps.Run) (*restore, error) {
	srv, err := s.Dial(in)
	if err != nil {
		return nil, err
	}
	return &restore{restoreStep: s, Server: srv, in: in, name: server.Name(in)}, nil
}

func (r *restore) run(ctx context.Context) (steps.Outputs, error) {
	out, err := r.restored(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, r.cutOff(ctx, err)
	}
	return out, err
}

func (r *restore) restored(ctx context.Context) (steps.Outputs, error) {
	if err := r.findBackup(ctx); err != nil {
		return nil, err
	}
	if err := r.findTargets(ctx); err != nil {
		return nil, err
	}
	if !r.in.Attach {
		if err := r.joinOrBegin(ctx); err != nil {
			return nil, err
		}
	}
	ended, err := r.wait(ctx)
	if err := errors.Join(err, r.markAll(ctx), r.clearRules(ctx, r.seen)); err != nil {
		return nil, err
	}
	return r.judge(ctx, ended)
}

func (r *restore) findBackup(ctx context.Context) error {
	r.backup = new(velerov1.Backup)
	err := r.Retry(ctx, func() error { return r.Get(ctx, r.Key(r.FromBackup), r.backup) })
	if apierrors.IsNotFound(err) {
		return noBackup(r.FromBackup, r.Namespace)
	}
	return err
}

func noBackup(name, namespace string) error {
	return fmt.Errorf("there is no backup %s in the namespace %s: a new cluster knows it once Velero has read the bucket, which velero_latest waits for", name, namespace)
}

func (r *restore) joinOrBegin(ctx context.Context) error {
	joined, err := r.join(ctx)
	if joined || err != nil {
		return err
	}
	return r.begin(ctx)
}

// begin makes room, isolates, and creates the Restore.
func (r *restore) begin(ctx context.Context) error {
	if err := r.guard(ctx); err != nil {
		return err
	}
	if err := r.undoFormer(ctx); err != nil {
		return err
	}
	if err := r.awaitGone(ctx); err != nil {
		return err
	}
	if err := r.refuseExisting(ctx); err != nil {
		return err
	}
	isolated, _ := r.isolates()
	if !isolated {
		return r.create(ctx, r.object(ctx, false))
	}
	if err := r.isolate(ctx); err != nil {
		return err
	}
	o := r.object(ctx, true)
	if err := r.create(ctx, o); err != nil {
		return err // it may be there nevertheless: the rules go with the backup
	}
	r.bindRules(ctx, o)
	return nil
}

func (r *restore) create(ctx context.Context, o *velerov1.Restore) error {
	return r.Retry(ctx, func() error {
		err := r.Create(ctx, o)
		if !apierrors.IsAlreadyExists(err) {
			return err
		}
		if err := r.Get(ctx, r.Key(r.name), o); err != nil {
			return err
		}
		return r.mine(o) // an earlier request got through
	})
}

// guard asks whether a drill may change what it is about to change.
func (r *restore) guard(ctx context.Context) error {
	for _, ns := range r.targets {
		if err := r.Guard(ctx, r.in, ns); err != nil {
			return err
		}
	}
	if r.ClusterResources == clusterIncluded {
		return r.Guard(ctx, r.in, "")
	}
	return nil
}

// Reconcile finds the attempt's Restore by its name.
func (s *restoreStep) Reconcile(ctx context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	r, err := s.open(in)
	if err != nil {
		return steps.Unknown, nil, err
	}
	var o velerov1.Restore
	err = r.Retry(ctx, func() error { return r.Get(ctx, r.Key(r.name), &o) })
	switch {
	case apierrors.IsNotFound(err):
		return steps.NeverBegun, nil, nil
	case err != nil:
		return steps.Unknown, nil, err
	case server.OfRestore(o.Status.Phase) == server.Bad:
		return steps.Ended, nil, r.bad(&o)
	}
	// One that has ended is looked at as Run does: marking and judging are left.
	return steps.Running, nil, nil
}

// watcher looks at what the restore waits for.
func (r *restore) watcher() *stuck.Watcher {
	return &stuck.Watcher{Server: r.Server, Targets: r.targets}
}
