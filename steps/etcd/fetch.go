package etcd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/atomicfile"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// source is the one member that a snapshot comes from. A client with several
// endpoints may take each part of an answer from another member.
type source struct {
	endpoint  string
	version   string // of etcd
	clusterID uint64
	size      int64 // bytes of its database
	askedAt   time.Time
}

// choose finds the first endpoint that is fit to be copied: it answers, has a
// vote, reports no corruption and, unless StaleOK, reads through a quorum.
func (s *snapshotStep) choose(ctx context.Context, in *steps.Run) (source, error) {
	var unfit []error
	for _, endpoint := range s.Endpoints {
		src, err := s.inspect(ctx, in, endpoint)
		if err == nil {
			return src, nil
		}
		unfit = append(unfit, err)
	}
	return source{}, errors.Join(append([]error{errors.New("no endpoint is fit for a snapshot")}, unfit...)...)
}

func (s *snapshotStep) inspect(ctx context.Context, in *steps.Run, endpoint string) (source, error) {
	client, err := s.DialOne(ctx, endpoint)
	if err != nil {
		return source{}, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	status, err := client.Status(ctx, endpoint)
	if err != nil {
		return source{}, fmt.Errorf("etcd at %s: %w", endpoint, err)
	}
	corrupt := slices.ContainsFunc(status.Errors, func(e string) bool { return strings.Contains(strings.ToUpper(e), "CORRUPT") })
	switch {
	case status.IsLearner:
		return source{}, fmt.Errorf("etcd at %s is a learner: it sends no snapshot", endpoint)
	case corrupt:
		return source{}, fmt.Errorf("etcd at %s reports that its data are corrupt", endpoint)
	case status.Leader == 0 && !s.StaleOK:
		return source{}, fmt.Errorf("etcd at %s sees no leader: its data may be old; set stale_ok to take them all the same", endpoint)
	}
	return source{
		endpoint: endpoint, version: status.Version, clusterID: status.Header.ClusterId,
		size: status.DbSize, askedAt: in.Now(),
	}, nil
}

// fetch copies the member's database to part, checked and on disk.
func (s *snapshotStep) fetch(ctx context.Context, in *steps.Run, src source, part string) (backup.Meta, error) {
	client, err := s.DialOne(ctx, src.endpoint)
	if err != nil {
		return backup.Meta{}, err
	}
	defer client.Close()
	m := backup.Meta{Kind: snapshotKind, Run: in.RunID, ClusterID: etcdcluster.Hex(src.clusterID), Tool: "etcd " + src.version}
	if m.StartedAt, err = s.recoveryPoint(ctx, client, src); err != nil {
		return backup.Meta{}, err
	}
	if err := stream(ctx, in, client, src, part); err != nil {
		return backup.Meta{}, fmt.Errorf("snapshot from %s: %w", src.endpoint, err)
	}
	m.FinishedAt = in.Now()
	return describe(ctx, m, part)
}

// recoveryPoint has the member catch up with all that was acknowledged before
// it was asked. Without a quorum it cannot, and nobody knows how old its data
// are.
func (s *snapshotStep) recoveryPoint(ctx context.Context, client *clientv3.Client, src source) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	_, err := client.Get(ctx, "\x00", clientv3.WithCountOnly())
	switch {
	case err == nil:
		return src.askedAt, nil
	case s.StaleOK:
		return time.Time{}, nil
	}
	return time.Time{}, fmt.Errorf("etcd at %s cannot read through a quorum: its data may be old; set stale_ok to take them all the same: %w", src.endpoint, err)
}

func stream(ctx context.Context, in *steps.Run, client *clientv3.Client, src source, part string) error {
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	answer, err := client.SnapshotWithVersion(ctx)
	if err != nil {
		return err
	}
	defer answer.Snapshot.Close()
	if _, err := io.Copy(&progress{to: f, in: in, total: src.size}, answer.Snapshot); err != nil {
		return fmt.Errorf("the stream broke off: %w", err)
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// publish gives a complete backup its name. The sidecar goes first: a backup
// without one has no recovery point, a sidecar without a backup is nothing.
func publish(part, to string, m backup.Meta) error {
	if err := backup.WriteSidecar(to, m); err != nil {
		return err
	}
	return atomicfile.Rename(part, to)
}

// progress tells how far a copy is, at most ten times a second.
type progress struct {
	to    io.Writer
	in    *steps.Run
	total int64
	done  int64
	told  time.Time
}

func (p *progress) Write(b []byte) (int, error) {
	n, err := p.to.Write(b)
	p.done += int64(n)
	if now := time.Now(); p.in.Progress != nil && now.Sub(p.told) > 100*time.Millisecond {
		p.told = now
		p.in.Progress(fmt.Sprintf("%d of about %d MiB", p.done>>20, p.total>>20))
	}
	return n, err
}
