package etcd

import (
	"context"
	"fmt"

	"github.com/drplan/drplan/steps"
)

// restore is one run of the step.
type restore struct {
	*restoreStep
	in      *steps.Run
	members []member // resolved
	state   *restoreState
	file    snapshotFile

	cluster, dependents, restarts []server // the members, quiesce, and the control plane
}

func (s *restoreStep) open(in *steps.Run) (*restore, error) {
	r := &restore{restoreStep: s, in: in}
	for _, m := range s.Members {
		m, err := m.resolve()
		if err != nil {
			return nil, err
		}
		r.members = append(r.members, m)
	}
	return r, r.watchServers()
}

func (r *restore) run(ctx context.Context) (steps.Outputs, error) {
	var err error
	if r.state, err = loadState(r.in.Dir); err != nil {
		return nil, err
	}
	if done, err := r.takeUp(ctx); done || err != nil {
		return r.outputs(err)
	}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	if r.fast() {
		return r.outputs(r.runFast(ctx))
	}
	if err := r.untilSwapped(ctx); err != nil {
		return nil, r.undo(err)
	}
	return r.outputs(r.finish(ctx))
}

func (r *restore) outputs(err error) (steps.Outputs, error) {
	if err != nil {
		return nil, err
	}
	return r.state.outputs(), nil
}

// takeUp deals with what an earlier attempt, or a crash, left: what had not
// been exchanged is undone, what had is finished.
func (r *restore) takeUp(ctx context.Context) (done bool, err error) {
	if r.state == nil {
		return false, nil
	}
	r.tellPods()
	switch r.state.Stage {
	case stopping, restoring, undoing:
		return false, r.undo(nil)
	case swapping:
		if r.fast() && r.allRun() {
			return true, r.exchangeFrozen(ctx)
		}
		r.slowDown()
		if err := r.kill(ctx); err != nil {
			return false, r.halfWay(err)
		}
		if err := r.swap(); err != nil {
			return false, r.undo(err)
		}
		return true, r.finish(ctx)
	case starting:
		return true, r.finish(ctx)
	case complete:
		return r.isSame(ctx)
	}
	return false, nil
}

// isSame reports whether the restore that is complete is the one asked for. It
// is not done again: what was written since would be lost.
func (r *restore) isSame(ctx context.Context) (bool, error) {
	_, digest, err := checkFile(ctx, r.From)
	return digest.SHA256 == r.state.Result.SHA256, err
}

// reached is called when a stage is on disk. Tests crash there.
var reached = func(where string) {}

func (r *restore) enter(s stage) error {
	r.state.Stage = s
	if err := r.state.save(r.in.Dir); err != nil {
		return err
	}
	say(r.in, string(s))
	reached(string(s))
	return nil
}

// untilSwapped is everything that can be undone.
func (r *restore) untilSwapped(ctx context.Context) error {
	if err := r.enter(stopping); err != nil {
		return err
	}
	if err := r.kill(ctx); err != nil {
		return err
	}
	if err := r.decideBump(); err != nil {
		return err
	}
	if err := r.enter(restoring); err != nil {
		return err
	}
	if err := r.restoreAll(ctx); err != nil {
		return err
	}
	if err := r.proveDead(ctx); err != nil {
		return err
	}
	if err := r.enterSwapping(); err != nil {
		return err
	}
	if err := r.swap(); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("after the directories were exchanged: %w", err)
	}
	return nil
}

// enterSwapping notes, before any folder moves, which ones are the new ones.
func (r *restore) enterSwapping() error {
	for i := range r.state.Places {
		if err := r.state.Places[i].mark(); err != nil {
			return fmt.Errorf("%s: %w", r.state.Places[i].Member, err)
		}
	}
	return r.enter(swapping)
}

// swap exchanges all folders. It takes milliseconds and does not look at a
// context: half of an exchange is worse than either end.
func (r *restore) swap() error {
	for _, p := range r.state.Places {
		for _, place := range p.all() {
			if err := place.Forward(); err != nil {
				return fmt.Errorf("%s: %w", p.Member, err)
			}
			reached("swapped " + p.Member)
		}
	}
	return nil
}

func (r *restore) names() []string {
	names := make([]string, len(r.members))
	for i, m := range r.members {
		names[i] = m.Name
	}
	return names
}
