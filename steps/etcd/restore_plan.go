package etcd

import (
	"context"
	"errors"
	"fmt"

	"github.com/drplan/drplan/steps"
)

// prepare checks everything that can be checked before the first server stops.
func (r *restore) prepare(ctx context.Context) (err error) {
	if r.file, err = openFile(ctx, r.From); err != nil {
		return err
	}
	seen := surveyMembers(ctx, r.Auth, r.members, r.in)
	if err := errors.Join(r.checkFork(ctx, seen), r.checkExisting(r.members)); err != nil {
		return err
	}
	if err := r.checkTools(ctx); err != nil {
		return steps.Final(err)
	}
	if _, err := checkRoom(r.members, r.file.meta.Size); err != nil {
		return err
	}
	way, err := r.chooseWay()
	if err != nil {
		return err
	}
	meta := r.file.meta
	ran := r.running(ctx)
	if r.state != nil {
		ran = append(ran, r.state.Ran...) // an attempt before this one stopped them
	}
	r.state = &restoreState{Stage: stopping, Ran: ran, Result: restoreResult{
		DataSource: r.DataSource, RecoveryPoint: meta.StartedAt, BackupRun: meta.Run,
		Revision: meta.Revision, Hash: meta.Hash, Keys: meta.Keys, SHA256: meta.SHA256,
		Known: max(r.Known, seen.known, meta.Revision), Token: r.Token, Way: way, OldDirs: []string{}, Restarted: []string{}, Parked: []string{}, StartLines: []string{},
	}}
	return r.plan(tag(r.in))
}

// plan decides every name before any folder is made, and checks that the folders
// can be exchanged.
func (r *restore) plan(tag string) error {
	if r.state.Result.Token == "" {
		r.state.Result.Token = "drplan-" + tag
	}
	for _, m := range r.members {
		p, err := m.places(tag)
		if err != nil {
			return err
		}
		r.state.Places = append(r.state.Places, p)
	}
	r.tellPods()
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
// hold the last of what they flushed. In the fast way they run and say it.
func (r *restore) decideBump() error {
	result := &r.state.Result
	result.Known = max(result.Known, surveyMembers(context.Background(), r.Auth, r.members, r.in).known)
	if !r.Bump {
		return nil
	}
	behind := result.Known - result.Revision
	if r.fast() {
		behind += slack // the members go on until they are held still
	}
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
