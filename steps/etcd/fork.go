package etcd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/etcd/internal/snapfile"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
)

// errFork is why a snapshot is never restored beside running members.
var errFork = errors.New("restoring a snapshot beside a running member forks the cluster: list all members, with the means to stop them, or use etcd_member_replace for a single failed one")

// errBeside is what to say where the running members may be meant to go on.
var errBeside = fmt.Errorf("%w; a copy that is meant to run beside the original, such as a drill's, says beside_original: true", errFork)

// checkFork refuses what would leave a member running beside the restored ones.
// Who belongs to the cluster is known to its members, as far as they have data,
// and to the snapshot.
func (r *restore) checkFork(ctx context.Context, seen survey) error {
	return errors.Join(
		r.unstoppable(ctx),
		strangers(ctx, seen.listed, r.members, errFork),
		r.checkOriginal(ctx),
	)
}

// checkOriginal looks for running members that the snapshot lists: all that is
// known of the cluster when the members listed here have lost their data.
func (r *restore) checkOriginal(ctx context.Context) error {
	record, err := snapfile.ReadRecord(r.From)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // an earlier step fetches it; Run asks again
	}
	if err != nil {
		return steps.Final(fmt.Errorf("the snapshot does not say whose it is: %w", err))
	}
	reason := errBeside
	for _, l := range listedIn(record) {
		if isOneOf(l, r.members) {
			reason = errFork // these are the cluster itself, not a copy of it
		}
	}
	if r.BesideOriginal && reason == errBeside {
		return nil
	}
	return strangers(ctx, listedIn(record), r.members, reason)
}

func listedIn(record snapfile.Record) []etcdcluster.Listed {
	out := make([]etcdcluster.Listed, len(record.Members))
	for i, m := range record.Members {
		out[i] = etcdcluster.Listed{ID: m.ID, Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs}
	}
	return out
}

func isOneOf(l etcdcluster.Listed, members []member) bool {
	return slices.ContainsFunc(members, func(m member) bool { return slices.Contains(l.PeerURLs, m.PeerURL) })
}

// strangers looks for running members of the cluster that are not among those
// to be restored.
func strangers(ctx context.Context, listed []etcdcluster.Listed, members []member, reason error) error {
	for _, l := range listed {
		if isOneOf(l, members) {
			continue
		}
		for _, u := range slices.Concat(l.PeerURLs, l.ClientURLs) {
			if listens, _ := process.Listens(ctx, u); listens {
				return steps.Final(fmt.Errorf("%s runs (%s), and no member listed here has its peer URL: %w", l.Label(), u, reason))
			}
		}
	}
	return nil
}

// unstoppable looks for a running member that nothing is given to stop with.
func (r *restore) unstoppable(ctx context.Context) error {
	var errs []error
	for _, m := range r.members {
		if m.CanStop() {
			continue
		}
		trace, err := m.server(r.in).watch.Running(ctx)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", m.Name, err))
		case trace != "":
			errs = append(errs, steps.Final(fmt.Errorf("%s runs (%s), and nothing is given to stop it with: %w", m.Name, trace, errFork)))
		}
	}
	return errors.Join(errs...)
}
