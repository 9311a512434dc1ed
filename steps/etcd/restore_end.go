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
	if r.fast() {
		return r.undoneFast(cause)
	}
	if err := r.enter(undone); err != nil || cause == nil {
		return errors.Join(cause, err)
	}
	ending := ""
	if down := r.down(); down != "" {
		ending = "; stopped and still down, with what starts it: " + down
	}
	return fmt.Errorf("%w (no member was started; the old data directories are in place%s)", cause, ending)
}

// halfWay ends an attempt that found an exchange begun and could not stop every
// server. Folders are put back only where nothing runs on them.
func (r *restore) halfWay(cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	alive := r.proveDead(ctx)
	if alive == nil {
		return r.undo(cause)
	}
	var olds []string
	for _, p := range r.state.Places {
		for _, place := range p.all() {
			olds = append(olds, place.Old)
		}
	}
	return fmt.Errorf("%w; and some data directories may be exchanged already, others not (%w): start no member, stop those that run, and resume this run, which then finishes the exchange; the old data are in place or in %s",
		cause, alive, strings.Join(olds, ", "))
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
	if r.state.Stage == swapping && !r.fast() {
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
		start := r.startAll
		if r.fast() {
			start = r.release
		}
		if err := start(onward, ctx); err != nil {
			return r.notStarted(err)
		}
	}
	r.tidy()
	r.noteRestarts()
	r.noteWaiting()
	if err := r.enter(complete); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("%w, but the restore was past the point of no return, and is complete: %s run from the snapshot", err, strings.Join(r.names(), ", "))
	}
	return nil
}

// notStarted says what is still down behind the point of no return.
func (r *restore) notStarted(cause error) error {
	r.state.Ran = serverNames(r.servers())
	if down := r.down(); down != "" {
		return fmt.Errorf("%w (down, with what starts it: %s)", cause, down)
	}
	return cause
}

// noteWaiting notes what a later step has to start.
func (r *restore) noteWaiting() {
	r.state.Result.Parked, r.state.Result.StartLines = []string{}, []string{}
	if !r.Start {
		r.state.Result.Parked, r.state.Result.StartLines = r.parked(), r.startLines()
	}
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
