package etcd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/steps/etcd/internal/datadir"
)

// undo puts the old folders back after cause, or after a crash (nil).
func (r *restore) undo(cause error) error {
	if r.state.Stage == swapping {
		// On disk first: who takes this up must not go forward again.
		if err := r.enter(undoing); err != nil {
			return errors.Join(cause, err)
		}
	}
	var errs []error
	for _, p := range r.state.Places {
		for _, place := range p.all() {
			if err := r.undoOne(place); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", p.Member, err))
			}
			reached("undone " + p.Member)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return errors.Join(cause, fmt.Errorf("and the old data directories could not all be put back, do not start a member: %w", err))
	}
	if err := r.enter(undone); err != nil || cause == nil {
		return errors.Join(cause, err)
	}
	return fmt.Errorf("%w (no member was started; the old data directories are in place)", cause)
}

// undoOne: before the exchange began there is nothing to put back, and what is
// live is not ours.
func (r *restore) undoOne(p datadir.Place) error {
	if r.state.Stage == undoing {
		return p.Back()
	}
	return p.Clear()
}

// finish starts what was exchanged. Once the first member may be running there
// is no way back, so a cancelled context no longer stops it.
func (r *restore) finish(ctx context.Context) error {
	if r.state.Stage == swapping {
		if err := r.proveDead(ctx); err != nil {
			return r.undo(err)
		}
	}
	if err := r.enter(starting); err != nil {
		return err
	}
	if r.Start {
		onward, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(r.StartTimeout))
		defer cancel()
		if err := r.startAll(onward, ctx); err != nil {
			return err
		}
	}
	r.tidy()
	if err := r.enter(complete); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("%w, but the restore was past the point of no return, and is complete: %s run from the snapshot", err, strings.Join(r.names(), ", "))
	}
	return nil
}

// tidy removes what holds no data, and notes where the old data are.
func (r *restore) tidy() {
	r.state.Result.OldDirs = []string{}
	for _, p := range r.state.Places {
		for _, place := range p.all() {
			if err := place.Clear(); err != nil {
				r.in.Log.Warn("could not tidy up", "member", p.Member, "error", err.Error())
			}
			if kept := place.Kept(); kept != "" {
				r.state.Result.OldDirs = append(r.state.Result.OldDirs, kept)
			}
		}
	}
}
