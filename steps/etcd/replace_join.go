package etcd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/internal/atomicfile"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// add adds the member, unless a run that was killed had added it already.
func (r *replacement) add(ctx context.Context, client *clientv3.Client) error {
	if r.state.NewID != 0 {
		return nil
	}
	listed, err := r.list(ctx, client)
	if err != nil {
		return err
	}
	if there := r.find(listed); there != nil && there.ID != r.state.OldID {
		r.state.NewID, r.state.Learner = there.ID, there.IsLearner
		return r.state.save(r.in.Dir)
	}
	if r.state.Learner, err = r.hasLearners(ctx, client); err != nil {
		return err
	}
	add := client.MemberAdd
	if r.state.Learner {
		add = client.MemberAddAsLearner
	}
	// For five seconds after a change etcd calls itself unhealthy and refuses
	// the next one (its strict reconfiguration check).
	return r.poll(ctx, "the cluster does not take it", func() error {
		added, err := add(ctx, []string{r.member.PeerURL})
		if err != nil {
			return err
		}
		reached("added")
		r.state.NewID = added.Member.ID
		return r.state.save(r.in.Dir)
	})
}

// hasLearners: learners came with etcd 3.4. Only versions of 3 speak this API.
func (r *replacement) hasLearners(ctx context.Context, client *clientv3.Client) (bool, error) {
	status, err := client.Status(ctx, r.others.Endpoints[0])
	for _, endpoint := range r.others.Endpoints[1:] {
		if err == nil {
			break
		}
		status, err = client.Status(ctx, endpoint)
	}
	if err != nil {
		return false, err
	}
	old := []string{"3.0.", "3.1.", "3.2.", "3.3."}
	return !slices.ContainsFunc(old, func(p string) bool { return strings.HasPrefix(status.Version, p) }), nil
}

func (r *replacement) start(ctx context.Context, client *clientv3.Client) error {
	if trace, err := r.member.server(r.in).watch.Running(ctx); err == nil && trace != "" {
		return nil // by the run that was killed
	}
	listed, err := r.list(ctx, client)
	if err != nil {
		return err
	}
	cluster := r.initialCluster(listed)
	if r.EnvFile != "" {
		env := fmt.Sprintf("ETCD_INITIAL_CLUSTER=%s\nETCD_INITIAL_CLUSTER_STATE=existing\n", cluster)
		if err := atomicfile.Write(r.EnvFile, []byte(env)); err != nil {
			return err
		}
	}
	vars := map[string]string{"DRPLAN_ETCD_INITIAL_CLUSTER": cluster, "DRPLAN_ETCD_INITIAL_CLUSTER_STATE": "existing"}
	edit := process.SetFlags(map[string]string{"--initial-cluster": cluster, "--initial-cluster-state": "existing"})
	return r.member.Launch(ctx, executor(r.in, r.member.Name), vars, edit)
}

// initialCluster is the flag's value: all members, this one under its name,
// which the cluster learns only when it has started.
func (r *replacement) initialCluster(listed []*pb.Member) string {
	var parts []string
	for _, m := range listed {
		name := m.Name
		if m.ID == r.state.NewID {
			name = r.member.Name
		}
		for _, u := range m.PeerURLs {
			parts = append(parts, name+"="+u)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// promote gives the learner its vote when the leader finds that it has caught
// up.
func (r *replacement) promote(ctx context.Context, client *clientv3.Client) error {
	if !r.state.Learner {
		return nil
	}
	return r.poll(ctx, "it does not catch up", func() error {
		_, err := client.MemberPromote(ctx, r.state.NewID)
		if errors.Is(err, rpctypes.ErrMemberNotLearner) {
			return nil // promoted already
		}
		return err
	})
}

// await returns when the member reads through the quorum itself.
func (r *replacement) await(ctx context.Context, _ *clientv3.Client) error {
	return r.poll(ctx, "it does not answer", func() error {
		own := r.Conn
		own.Endpoints = []string{r.member.ClientURL}
		seen := etcdcluster.Observe(ctx, own, "").Seen[0]
		switch {
		case seen.Err != nil:
			return seen.Err
		case seen.ID != r.state.NewID:
			return fmt.Errorf("at %s answers member %s, not %s", r.member.ClientURL, etcdcluster.Hex(seen.ID), etcdcluster.Hex(r.state.NewID))
		case seen.Learner:
			return errors.New("it is still a learner")
		}
		r.state.ClusterID, r.state.Revision = seen.ClusterID, seen.Revision
		return nil
	})
}

// poll tries until it succeeds or start_timeout has passed.
func (r *replacement) poll(ctx context.Context, failing string, try func() error) error {
	limit := time.Duration(r.StartTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("start_timeout of %s has passed", limit))
	defer cancel()
	for {
		last := try()
		if last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w, last seen: %w; look into the log of %s", failing, context.Cause(ctx), last, r.member.Name)
		case <-time.After(pollReplace):
		}
	}
}

const pollReplace = 200 * time.Millisecond
