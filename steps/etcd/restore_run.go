package etcd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/datadir"
)

// restore is one run of the step.
type restore struct {
	*restoreStep
	in      *steps.Run
	members []member // resolved
	state   *restoreState
	file    snapshotFile
}

func (s *restoreStep) open(in *steps.Run) (*restore, error) {
	r := &restore{restoreStep: s, in: in}
	for _, m := range s.Members {
		m, err := m.resolve(executor(in, m.Name))
		if err != nil {
			return nil, err
		}
		r.members = append(r.members, m)
	}
	return r, nil
}

// checkFork refuses what would leave a member running beside the restored ones.
func (r *restore) checkFork(ctx context.Context) error {
	seen := surveyMembers(ctx, r.Auth, r.members, r.in)
	return errors.Join(unstoppable(ctx, r.members), seen.strangers(ctx, r.members))
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
	switch r.state.Stage {
	case stopping, restoring, undoing:
		return false, r.undo(nil)
	case swapping:
		if err := r.kill(ctx); err != nil {
			return false, err
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

// prepare checks everything that can be checked before the first server stops.
func (r *restore) prepare(ctx context.Context) (err error) {
	if r.file, err = openFile(ctx, r.From); err != nil {
		return err
	}
	seen := surveyMembers(ctx, r.Auth, r.members, r.in)
	if err := errors.Join(unstoppable(ctx, r.members), seen.strangers(ctx, r.members), r.checkExisting(r.members)); err != nil {
		return err
	}
	if _, err := checkRoom(r.members, r.file.meta.Size); err != nil {
		return err
	}
	meta := r.file.meta
	r.state = &restoreState{Stage: stopping, Result: restoreResult{
		DataSource: r.DataSource, RecoveryPoint: meta.StartedAt, BackupRun: meta.Run,
		Revision: meta.Revision, Hash: meta.Hash, Keys: meta.Keys, SHA256: meta.SHA256,
		Known: max(r.Known, seen.known, meta.Revision), Token: r.Token, OldDirs: []string{},
	}}
	return r.plan(tag(r.in))
}

// plan decides every name before any folder is made.
func (r *restore) plan(tag string) error {
	if r.state.Result.Token == "" {
		r.state.Result.Token = "drplan-" + tag
	}
	for _, m := range r.members {
		p := memberPlace{Member: m.Name}
		var err error
		if p.Data, err = datadir.Plan(m.DataDir, "member", tag); err != nil {
			return err
		}
		if p.Data.Owner, err = p.Data.Owner.Parse(m.Owner); err != nil {
			return fmt.Errorf("%s: owner: %w", m.Name, err)
		}
		if m.WALDir != "" {
			wal, err := datadir.Plan(m.WALDir, "", tag)
			if err != nil {
				return err
			}
			wal.Owner.UID, wal.Owner.GID = p.Data.Owner.UID, p.Data.Owner.GID
			p.WAL = &wal
		}
		r.state.Places = append(r.state.Places, p)
	}
	return nil
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
	if err := r.enter(swapping); err != nil {
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

// The bump that keeps a client from seeing a revision twice: at least minBump,
// and slack beyond what is known, because the newest writes may be known to
// nobody who can be asked.
const (
	minBump = 1_000_000_000
	slack   = 1_000_000
)

// decideBump is called when all members are dead: only then their databases
// hold the last of what they flushed.
func (r *restore) decideBump() error {
	result := &r.state.Result
	result.Known = max(result.Known, surveyMembers(context.Background(), r.Auth, r.members, r.in).known)
	if !r.Bump {
		return nil
	}
	behind := result.Known - result.Revision
	result.Bump = max(minBump, behind+slack)
	if r.BumpRevision == 0 {
		return nil
	}
	if r.BumpRevision <= behind {
		return steps.Final(fmt.Errorf("bump_revision: %d is not enough: revision %d was reached, the snapshot is at %d; leave it out, or give more than %d",
			r.BumpRevision, result.Known, result.Revision, behind))
	}
	result.Bump = r.BumpRevision
	return nil
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

func (r *restore) names() []string {
	names := make([]string, len(r.members))
	for i, m := range r.members {
		names[i] = m.Name
	}
	return names
}
