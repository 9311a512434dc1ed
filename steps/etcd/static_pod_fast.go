package etcd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/drplan/drplan/steps/etcd/internal/staticpod"
)

// The fast way has the kubelet's own restart take the place of stop and start.
// The kubelet restarts what ended at once, so members cannot be stopped one
// after the other and be dead together. They are held still together instead:
// what is still writes nothing, neither into its old folder nor, where the
// container mounts one further up, into the new one; and it never goes on,
// since what ends it is SIGKILL.
//
// Killed at any point: before the exchange nothing has happened but that a
// member may stand still. After it, what runs on the old folders is killed, and
// what runs on the new ones stays. While nobody resumes, the kubelet finds a member
// that stands still dead by its probes and restarts it on whatever is live then;
// of several members either the old cluster has a majority or the new one.

func (r *restore) runFast(ctx context.Context) error {
	if err := r.untilFrozen(ctx); err != nil {
		return r.undo(err)
	}
	return r.exchangeFrozen(ctx)
}

// untilFrozen is everything that can be done while the members run.
func (r *restore) untilFrozen(ctx context.Context) error {
	if err := r.decideBump(); err != nil {
		return err
	}
	if err := r.enter(restoring); err != nil {
		return err
	}
	if err := r.restoreAll(ctx); err != nil {
		return err
	}
	if err := r.haltDependents(ctx); err != nil {
		return err
	}
	return r.enterSwapping()
}

func (r *restore) haltDependents(ctx context.Context) error {
	ctx, cancel := r.stopContext(ctx)
	defer cancel()
	return together(r.dependents, func(_ int, s server) error { return halt(ctx, r.in, s) })
}

// exchangeFrozen is what a resume does again, whatever of it was done.
func (r *restore) exchangeFrozen(ctx context.Context) error {
	limited, cancel := r.stopContext(ctx)
	defer cancel()
	err := r.freeze(limited)
	if err == nil {
		err = r.swap()
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return r.undo(err)
	}
	return r.finish(ctx)
}

// freeze holds still every member that does not run on the new data already.
func (r *restore) freeze(ctx context.Context) error {
	err := together(r.cluster, func(i int, s server) error {
		for _, p := range r.strays(i) {
			if err := p.Freeze(ctx); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		return nil
	})
	reached("frozen")
	return err
}

// strays are the processes of a member that do not run on the new data. One
// that has only begun is among them.
func (r *restore) strays(i int) []staticpod.Process {
	running := r.cluster[i].pod.Processes()
	if !r.state.Places[i].Data.Swapped() {
		return running
	}
	return slices.DeleteFunc(running, func(p staticpod.Process) bool { return p.Holds(r.members[i].database()) })
}

// tellPods: a process that began before the exchange has the old folder mounted,
// whatever its name is by now.
func (r *restore) tellPods() {
	for i, s := range r.cluster {
		if s.pod != nil && i < len(r.state.Places) {
			data := r.state.Places[i].Data
			s.pod.Moved(r.members[i].DataDir, data.Old, data.Fresh)
		}
	}
}

// allRun reports whether every member has a process that can be held still.
func (r *restore) allRun() bool {
	return !slices.ContainsFunc(r.cluster, func(s server) bool { return s.pod != nil && len(s.pod.Processes()) == 0 })
}

// slowDown goes on in the slow way with what was begun in the fast one: a member
// that does not run cannot be held still, and may be started any moment.
func (r *restore) slowDown() {
	if r.fast() {
		r.state.Result.Way = slow
		r.state.Ran = serverNames(r.servers())
	}
}

// undoneFast lets the members go on with their old data.
func (r *restore) undoneFast(cause error) error {
	errs := []error{cause}
	for _, s := range r.cluster {
		for _, p := range s.pod.Processes() {
			errs = append(errs, p.Thaw())
		}
	}
	if err := errors.Join(errs[1:]...); err != nil {
		return errors.Join(errs...)
	}
	if err := r.enter(undone); err != nil || cause == nil {
		return errors.Join(cause, err)
	}
	if down := r.down(); down != "" {
		return fmt.Errorf("%w (the members run on with their old data; stopped and still down, with what starts it: %s)", cause, down)
	}
	return fmt.Errorf("%w (the members run on with their old data)", cause)
}

// restartWithin is how long the kubelet may take to start again what ended: it
// looks once a second. What takes longer is held back.
const restartWithin = 4 * time.Second

// release ends what ran on the old data, and the control plane, and waits until
// the kubelet runs all of it again.
func (r *restore) release(ctx, asked context.Context) error {
	if err := r.noteEnding(); err != nil {
		return err
	}
	if err := r.end(ctx); err != nil {
		return err
	}
	if err := r.awaitRestart(ctx, asked); err != nil {
		return err
	}
	if err := together(r.cluster, func(i int, _ server) error { return r.awaitServing(ctx, asked, i) }); err != nil {
		return fmt.Errorf("the data are restored, but: %w%s", err, r.nobodyStarts())
	}
	return together(r.dependents, func(_ int, s server) error { return r.launch(ctx, s) })
}

// end kills, and puts back what a crash left taken away.
func (r *restore) end(ctx context.Context) error {
	err := together(r.cluster, func(i int, s server) error {
		for _, p := range r.strays(i) {
			if err := p.Kill(ctx); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		reached("killed " + s.name)
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.endControlPlane(ctx); err != nil {
		return err
	}
	if len(r.parked()) > 0 {
		if err := r.putBack(ctx); err != nil {
			return err
		}
	}
	return r.renew(ctx, r.heldBack())
}

// pollRestart is how often it is looked whether the kubelet has started something.
const pollRestart = 50 * time.Millisecond

// awaitRestart returns when something runs of every pod. What is not there in
// time is renewed.
func (r *restore) awaitRestart(ctx, asked context.Context) error {
	missing := r.notRunning()
	for limit := time.Now().Add(restartWithin); len(missing) > 0 && time.Now().Before(limit); missing = r.notRunning() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not started again: %w%s", missing[0].Name(), context.Cause(ctx), r.nobodyStarts())
		case <-asked.Done():
			return nil
		case <-time.After(pollRestart):
		}
	}
	if r.withoutKubelet() != nil {
		return nil
	}
	return r.renew(ctx, missing)
}

func (r *restore) notRunning() []*staticpod.Pod {
	var out []*staticpod.Pod
	for _, s := range slices.Concat(r.cluster, r.restarts) {
		if len(s.pod.Processes()) == 0 {
			out = append(out, s.pod)
		}
	}
	return out
}

func (r *restore) ofCluster(pods []*staticpod.Pod) bool {
	return slices.ContainsFunc(r.cluster, func(s server) bool { return slices.Contains(pods, s.pod) })
}

func (r *restore) withControlPlane(pods []*staticpod.Pod) []*staticpod.Pod {
	for _, s := range r.restarts {
		if !slices.Contains(pods, s.pod) {
			pods = append(pods, s.pod)
		}
	}
	return pods
}

func podNames(pods []*staticpod.Pod) []string {
	var out []string
	for _, p := range pods {
		out = append(out, p.Name())
	}
	return out
}

// awaitServing returns when the member accepts clients and is proven to run on
// the new data. The kubelet may have been about to start it on the old ones.
func (r *restore) awaitServing(ctx, asked context.Context, i int) error {
	for {
		if err := awaitListening(ctx, asked, r.members[i]); err != nil || asked.Err() != nil {
			return err
		}
		running, strays := r.cluster[i].pod.Processes(), r.strays(i)
		if len(running) > 0 && len(strays) == 0 {
			return nil
		}
		for _, p := range strays {
			if err := p.Kill(ctx); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s is not seen to run on the restored data: %w", r.members[i].Name, context.Cause(ctx))
		}
	}
}
