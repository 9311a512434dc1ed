package etcd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// errNoQuorum is why a member cannot be replaced.
var errNoQuorum = errors.New("the cluster has no quorum without this member, and cannot change its members: use etcd_restore")

func (r *replacement) dial(ctx context.Context) (*clientv3.Client, error) {
	client, err := r.others.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("no other member answers: %w: %w", err, errNoQuorum)
	}
	return client, nil
}

// situation is what the cluster is like before anything is done.
type situation struct {
	listed []*pb.Member
	old    *pb.Member // the member to replace; nil when it is not listed
	alive  bool       // it answers
	voters int        // how many the cluster has
	others int        // how many of them, besides it, answer
}

func (f situation) err(evenIfAlive bool) error {
	if f.alive && !evenIfAlive {
		return steps.Final(fmt.Errorf("%s answers: it has not failed; set even_if_alive to replace it all the same", f.old.Name))
	}
	return nil
}

// look asks for the list of members through a quorum, and counts who answers.
func (r *replacement) look(ctx context.Context, client *clientv3.Client) (situation, error) {
	listed, err := r.list(ctx, client)
	if err != nil {
		return situation{}, err
	}
	f := situation{listed: listed, old: r.find(listed)}
	answering := map[uint64]bool{}
	for _, seen := range etcdcluster.Observe(ctx, r.others, "").Answered() {
		answering[seen.ID] = true
	}
	for _, m := range listed {
		if m.IsLearner {
			continue
		}
		f.voters++
		if answering[m.ID] && m != f.old {
			f.others++
		}
	}
	if f.others < f.voters/2+1 {
		return f, steps.Final(fmt.Errorf("%d of %d voters besides it answer at the endpoints given, a majority is %d: %w", f.others, f.voters, f.voters/2+1, errNoQuorum))
	}
	if f.old != nil {
		listens, _ := process.Listens(ctx, r.member.ClientURL)
		f.alive = listens
	}
	return f, nil
}

func (r *replacement) list(ctx context.Context, client *clientv3.Client) ([]*pb.Member, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout())
	defer cancel()
	got, err := client.MemberList(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the members: %w: %w", err, errNoQuorum)
	}
	return got.Members, nil
}

// find finds the member by its name, or by its peer URL where it was added and
// never started.
func (r *replacement) find(listed []*pb.Member) *pb.Member {
	for _, m := range listed {
		if m.Name == r.member.Name || m.Name == "" && slices.Contains(m.PeerURLs, r.member.PeerURL) {
			return m
		}
	}
	return nil
}
