package etcd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/drplan/drplan/steps/etcd/internal/staticpod"
)

// ending is a pod of the control plane that is restarted, and its processes that
// end for it. What runs of it later is never touched, so nothing ends twice.
type ending struct {
	Manifest  string              `json:"manifest"`
	Processes []staticpod.Process `json:"processes"`
	Renew     bool                `json:"renew"` // the kubelet would wait before it starts it again
}

// noteEnding is on disk before the first of them ends.
func (r *restore) noteEnding() error {
	if r.state.Ending != nil {
		return nil
	}
	r.state.Ending = []ending{}
	for _, s := range r.restarts {
		running := s.pod.Processes()
		held := func(p staticpod.Process) bool { return p.HeldBack(r.in.Now()) }
		r.state.Ending = append(r.state.Ending, ending{s.StaticPod, running, len(running) == 0 || slices.ContainsFunc(running, held)})
	}
	err := r.state.save(r.in.Dir)
	reached("noted")
	return err
}

func (r *restore) endControlPlane(ctx context.Context) error {
	return together(r.state.Ending, func(_ int, e ending) error {
		for _, p := range e.Processes {
			if err := p.Kill(ctx); err != nil {
				return fmt.Errorf("%s: %w", podName(e.Manifest), err)
			}
		}
		reached("ended " + podName(e.Manifest))
		return nil
	})
}

// heldBack are the pods that the kubelet would not start at once, and has not.
func (r *restore) heldBack() []*staticpod.Pod {
	var out []*staticpod.Pod
	for i, e := range r.state.Ending {
		if e.Renew && len(r.restarts[i].pod.Processes()) == 0 {
			out = append(out, r.restarts[i].pod)
		}
	}
	return out
}

// renew makes new pods of those that the kubelet holds back. The control plane
// waits for the members: an API server that runs without them keeps the kubelet
// waiting for an answer, half a minute and more.
func (r *restore) renew(ctx context.Context, pods []*staticpod.Pod) error {
	if len(pods) == 0 {
		return nil
	}
	r.in.Log.Info("the kubelet would hold pods back after their restart, so they become new ones", "pods", podNames(pods))
	if r.ofCluster(pods) {
		pods = r.withControlPlane(pods)
	}
	if err := together(pods, func(_ int, p *staticpod.Pod) error { return p.Leave(ctx) }); err != nil {
		return err
	}
	reached("left")
	return r.putBack(ctx)
}

// putBack puts back every manifest that was taken away.
func (r *restore) putBack(ctx context.Context) error {
	if err := together(r.cluster, func(_ int, s server) error { return r.launch(ctx, s) }); err != nil {
		return err
	}
	if len(r.restarts) == 0 {
		return nil
	}
	r.awaitBegun(ctx)
	return together(r.restarts, func(_ int, s server) error { return r.launch(ctx, s) })
}

// begunWithin is how long the control plane waits for the members; when they
// take longer they may need a person, who needs the rest.
const begunWithin = 15 * time.Second

func (r *restore) awaitBegun(ctx context.Context) {
	for limit := time.Now().Add(begunWithin); time.Now().Before(limit) && ctx.Err() == nil && !r.allRun(); {
		time.Sleep(pollRestart)
	}
}
