package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/drplan/drplan/steps"
)

// Reconcile finds out what became of a program whose drplan was killed. Where
// no wrapper has begun it claims the attempt, so that none still can.
func (c *Command) Reconcile(_ context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	a, found, err := lastAttempt(in.Dir, in.Attempt)
	if err != nil {
		return steps.Unknown, nil, err
	}
	if !found {
		return steps.NeverBegun, nil, nil
	}
	begun, err := a.begun()
	switch {
	case err != nil:
		return steps.Unknown, nil, err
	case !begun:
		return steps.NeverBegun, nil, nil
	}
	alive, err := a.alive()
	if err == nil && alive {
		return steps.Running, nil, nil
	}
	return c.ended(in, a, err)
}

// begun reports whether a wrapper has the attempt, and if none has, sees to it
// that none ever will.
func (a attempt) begun() (bool, error) {
	lock, err := a.claim(owner{Void: true})
	if err == nil {
		return false, lock.Close()
	}
	if !errors.Is(err, errClaimed) {
		return false, fmt.Errorf("see whether the command had begun: %w", err)
	}
	o, found, err := a.owner()
	if err == nil && !found {
		err = errors.New("the claim has no owner: the run's folder was changed")
	}
	return !o.Void, err
}

func (c *Command) ended(in *steps.Run, a attempt, err error) (steps.Verdict, steps.Outputs, error) {
	if err != nil {
		return steps.Unknown, nil, err
	}
	s, found, err := a.status()
	switch {
	case err != nil:
		return steps.Unknown, nil, err
	case !found:
		return steps.Unknown, nil, errNoStatus
	case s.Stopped:
		return steps.Ended, nil, a.because(in, errors.New("the command was stopped"))
	}
	out, err := c.judge(in, a, s)
	if err != nil {
		return steps.Ended, nil, err
	}
	return steps.Done, out, nil
}
