package velero

import (
	"context"
	"fmt"
	"sync"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

const (
	// lookAgain is how often volumes are looked at, for what is shown meanwhile.
	// The end of the restore is watched for.
	lookAgain = 2 * time.Second
	// stillAfter is how long nothing may move before it is asked why.
	stillAfter = 5 * time.Second
	// lastLook is what the deadline's error may take to find out why.
	lastLook = 3 * time.Second
)

// wait watches the restore until it has ended, and says meanwhile how far it is.
func (r *restore) wait(ctx context.Context) (*velerov1.Restore, error) {
	o := &observer{restore: r}
	watching, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { o.watch(watching) })
	defer wg.Wait()
	defer stop()

	var list velerov1.RestoreList
	err := r.Await(ctx, &list, func() (bool, error) {
		if len(list.Items) == 0 {
			return false, steps.Final(fmt.Errorf("the restore %s is gone: somebody deleted it", r.name))
		}
		o.set(&list.Items[0])
		return server.OfRestore(list.Items[0].Status.Phase).Ended(), nil
	}, r.One(r.name)...)
	r.seen = o.last()
	if err != nil {
		return nil, err
	}
	return &list.Items[0], nil
}

func phaseOf(o *velerov1.Restore) string {
	if o.Status.Phase == "" {
		return string(velerov1.RestorePhaseNew)
	}
	return string(o.Status.Phase)
}

// observer says what the restore does, and why it does nothing.
type observer struct {
	*restore
	mu   sync.Mutex
	seen *velerov1.Restore
}

func (o *observer) set(r *velerov1.Restore) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = r.DeepCopy()
	o.in.Progress(state(o.seen))
}

func (o *observer) last() *velerov1.Restore {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen
}

// state is how far the restore says it is.
func state(r *velerov1.Restore) string {
	text := phaseOf(r)
	if p := r.Status.Progress; p != nil && p.TotalItems > 0 {
		text += fmt.Sprintf(", %d of %d objects", p.ItemsRestored, p.TotalItems)
	}
	return text
}

func (o *observer) watch(ctx context.Context) {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	moved, was := time.Now(), ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r := o.last()
		if r == nil {
			continue
		}
		now := o.describe(ctx, r)
		if now != was {
			moved, was = time.Now(), now
		}
		o.say(ctx, r, now, time.Since(moved))
		if err := o.markNamespaces(ctx); err != nil && ctx.Err() == nil {
			o.in.Log.Warn("a namespace of the restore could not be marked", "error", err.Error())
		}
	}
}

func (o *observer) describe(ctx context.Context, r *velerov1.Restore) string {
	text := state(r)
	if movers, err := o.watcher().Movers(ctx, r); err == nil {
		if volumes := movers.String(); volumes != "" {
			text += ", " + volumes
		}
	}
	return text
}

// say reports how far it is; when nothing has moved for a while, why.
func (o *observer) say(ctx context.Context, r *velerov1.Restore, text string, still time.Duration) {
	if still >= stillAfter {
		why, err := o.watcher().Why(ctx, r)
		switch {
		case err != nil:
			why = err.Error()
		case why == "":
			why = "nothing says why"
		}
		text += fmt.Sprintf("; nothing has moved for %s: %s", still.Round(time.Second), why)
	}
	if ctx.Err() == nil {
		o.in.Progress(text)
	}
}
