package velero

import (
	"context"
	"errors"
	"fmt"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/velero/internal/server"
)

// undoFormer stops what earlier attempts left going, deletes what they created,
// and waits until it is gone.
func (r *restore) undoFormer(ctx context.Context) error {
	for attempt := r.in.Attempt - 1; attempt >= 1; attempt-- {
		var former velerov1.Restore
		err := r.Retry(ctx, func() error { return r.Get(ctx, r.Key(server.NameOf(r.in, attempt)), &former) })
		switch {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return err
		}
		if err := errors.Join(r.undo(ctx, &former), r.clearRules(ctx, &former)); err != nil {
			return fmt.Errorf("the earlier attempt %s stands in the way: %w", former.Name, err)
		}
	}
	return r.deleteOwnNamespaces(ctx)
}

func (r *restore) undo(ctx context.Context, former *velerov1.Restore) error {
	if !server.OfRestore(former.Status.Phase).Ended() {
		r.in.Progress("stopping the earlier attempt " + former.Name)
		if err := r.stop(ctx, former); err != nil {
			return err
		}
	}
	made, err := r.createdBy(ctx, former)
	if err != nil || len(made) == 0 {
		return err
	}
	r.in.Progress(fmt.Sprintf("deleting %d objects of the earlier attempt %s", len(made), former.Name))
	r.in.Log.Info("deleting what an earlier attempt created", "restore", former.Name, "objects", len(made))
	if err := r.deleteAll(ctx, made); err != nil {
		return err
	}
	return r.awaitDeleted(ctx, made)
}

// stop ends a restore that is going on. One that has not begun is deleted; of
// another the volumes are called off, for which it waits.
func (r *restore) stop(ctx context.Context, former *velerov1.Restore) error {
	var list velerov1.RestoreList
	for {
		if server.RestoreWaits(former.Status.Phase) {
			if err := r.takeBack(ctx, former); !apierrors.IsConflict(err) {
				return r.Explain(err)
			}
		} else if err := r.watcher().Stop(ctx, former); err != nil {
			return err
		}
		err := r.awaitEnd(ctx, &list, former)
		if !errors.Is(err, errMore) {
			return err
		}
		if len(list.Items) > 0 {
			former = &list.Items[0]
		}
	}
}

// errMore: it may have begun, or have made more volumes to write, since.
var errMore = errors.New("it goes on")

func (r *restore) awaitEnd(ctx context.Context, list *velerov1.RestoreList, former *velerov1.Restore) error {
	short, cancel := context.WithTimeoutCause(ctx, lookAgain, errMore)
	defer cancel()
	err := r.Await(short, list, func() (bool, error) {
		return len(list.Items) == 0 || server.OfRestore(list.Items[0].Status.Phase).Ended(), nil
	}, r.One(former.Name)...)
	if ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w: %s", context.Cause(ctx), r.blocking(ctx, former))
}

// deleteOwnNamespaces deletes target namespaces that an earlier attempt of this
// step made in this drill, with what controllers put into them. In a recovery
// people may have done their part there; it is left to them.
func (r *restore) deleteOwnNamespaces(ctx context.Context) error {
	if r.in.Mode != "drill" || r.in.Attempt == 1 {
		return nil
	}
	for _, name := range r.targets {
		var ns corev1.Namespace
		err := r.Retry(ctx, func() error { return r.Get(ctx, client.ObjectKey{Name: name}, &ns) })
		if err == nil && r.madeByStep(&ns) && ns.Annotations["drplan.dev/attempt"] != fmt.Sprint(r.in.Attempt) {
			err = r.Delete(ctx, &ns, client.Preconditions{UID: &ns.UID})
		}
		if client.IgnoreNotFound(err) != nil {
			return r.Explain(err)
		}
	}
	return nil
}
