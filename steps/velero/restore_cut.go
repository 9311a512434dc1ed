package velero

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/velero/internal/server"
)

// stopWithin bounds how long an attempt whose time is up waits for its restore to
// end; the engine gives it twice as long to return.
const stopWithin = time.Minute

// cutOff is the error of an attempt that was cancelled, or whose deadline came:
// what its restore was waiting for, and what becomes of it. One that has not begun
// must not begin later, unexpected: it is taken back. In a drill one that goes on
// is stopped, for it would block every other restore and keep its backup from being
// deleted. In a recovery it is what people wait for, and is left.
func (r *restore) cutOff(ctx context.Context, err error) error {
	o, lost := r.look(ctx)
	switch {
	case lost != nil:
		return fmt.Errorf("%w; %s, and what becomes of it cannot be told: %w", err, r.lastSeen(), lost)
	case o == nil:
		return errors.Join(err, r.dropRules(ctx))
	case r.mine(o) != nil:
		return err
	case server.OfRestore(o.Status.Phase).Ended():
		return errors.Join(fmt.Errorf("%w; the restore %s has ended %s", err, o.Name, phaseOf(o)), r.markAll(ctx), r.clearRules(ctx, o))
	}
	err = fmt.Errorf("%w: %s; %s", context.Cause(ctx), r.still(ctx, o), r.leave(ctx, o))
	if o, lost = r.look(ctx); o == nil && lost == nil {
		return errors.Join(err, r.dropRules(ctx))
	}
	return errors.Join(err, r.markAll(ctx), r.clearRules(ctx, o))
}

func (r *restore) lastSeen() string {
	if r.seen == nil {
		return "nothing was seen of the restore " + r.name
	}
	return fmt.Sprintf("the restore %s was %s when it was last seen", r.name, phaseOf(r.seen))
}

// dropRules removes the rules for a restore that there will not be.
func (r *restore) dropRules(ctx context.Context) error {
	if isolated, _ := r.isolates(); isolated {
		return r.takeRules(ctx, r.name)
	}
	return nil
}

// look is the attempt's Restore as it is now, nil where there is none.
func (r *restore) look(ctx context.Context) (*velerov1.Restore, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	var o velerov1.Restore
	err := r.Retry(ctx, func() error { return r.Get(ctx, r.Key(r.name), &o) })
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return &o, err
}

// still says where a restore stands that has not ended, and why.
func (r *restore) still(ctx context.Context, o *velerov1.Restore) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	text := fmt.Sprintf("the restore %s is still %s", o.Name, phaseOf(o))
	if why, err := r.watcher().Why(ctx, o); err == nil && why != "" {
		text += ": " + why
	}
	return text
}

// leave says what it did with a restore that nobody waits for any more.
func (r *restore) leave(ctx context.Context, o *velerov1.Restore) string {
	cancelled := errors.Is(context.Cause(ctx), context.Canceled)
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), stopWithin, fmt.Errorf("it did not end within %s", stopWithin))
	defer cancel()
	switch {
	case r.in.Mode == "drill":
		return r.stopped(ctx, o)
	case server.RestoreWaits(o.Status.Phase) && r.takeBack(ctx, o) == nil:
		return "it had not begun, and was taken back"
	case cancelled && r.leaveGoing(ctx, o) == nil:
		return "it goes on in the cluster, and a resume waits for it"
	}
	return r.blocked(ctx, o)
}

func (r *restore) stopped(ctx context.Context, o *velerov1.Restore) string {
	r.in.Progress("stopping the restore " + o.Name)
	if err := r.stop(ctx, o); err != nil {
		return fmt.Sprintf("it could not be stopped: %v", err)
	}
	now, err := r.look(ctx)
	switch {
	case err != nil:
		return "it was stopped"
	case now == nil:
		return "it had not begun, and was taken back"
	}
	return "it was stopped, and has ended " + phaseOf(now)
}

// leaveGoing says on the Restore that the next attempt is to wait for it.
func (r *restore) leaveGoing(ctx context.Context, o *velerov1.Restore) error {
	before := client.MergeFrom(o.DeepCopy())
	if o.Annotations == nil {
		o.Annotations = map[string]string{}
	}
	o.Annotations[leftAnnotation] = r.in.Now().UTC().Format(time.RFC3339)
	return r.Patch(ctx, o, before)
}

// takeBack deletes a restore as it was seen, that is before it began.
func (r *restore) takeBack(ctx context.Context, o *velerov1.Restore) error {
	return client.IgnoreNotFound(r.Delete(ctx, o, client.Preconditions{UID: &o.UID, ResourceVersion: &o.ResourceVersion}))
}

// blocking says that a restore has not ended, and who waits behind it.
func (r *restore) blocking(ctx context.Context, o *velerov1.Restore) string {
	return r.still(ctx, o) + "; " + r.blocked(ctx, o)
}

// blocked says who waits behind a restore that goes on, and when that ends.
func (r *restore) blocked(ctx context.Context, o *velerov1.Restore) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	text := "it goes on in the cluster, and blocks every other restore"
	if waiting, err := r.watcher().Waiting(ctx); err == nil && len(waiting) > 0 {
		names := make([]string, len(waiting))
		for i, w := range waiting {
			names[i] = w.Name
		}
		text += fmt.Sprintf(" (%s)", strings.Join(names, ", "))
	}
	if limit := o.Annotations[velerov1.PodVolumeOperationTimeoutAnnotation]; limit != "" {
		text += ", until Velero gives up on its volumes " + limit + " after it began; another attempt stops it"
	}
	return text
}
