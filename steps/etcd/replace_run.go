package etcd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/datadir"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/internal/atomicfile"
	"github.com/drplan/drplan/steps/internal/etcdclient"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// replacement is one run of the step.
type replacement struct {
	*replaceStep
	in     *steps.Run
	member member
	others etcdclient.Conn // every endpoint but the member's own
	state  *replaceState
}

func (s *replaceStep) open(in *steps.Run) (*replacement, error) {
	m, err := s.Member.resolve(executor(in, s.Member.Name))
	if err != nil {
		return nil, err
	}
	r := &replacement{replaceStep: s, in: in, member: m, others: s.Conn}
	r.others.Endpoints = slices.DeleteFunc(slices.Clone(s.Endpoints), func(e string) bool { return e == m.ClientURL })
	if len(r.others.Endpoints) == 0 {
		return nil, steps.Final(errors.New("endpoints: name the other members, which must take this one back"))
	}
	r.state, err = loadReplaceState(in.Dir)
	return r, err
}

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

// run takes every stage in turn. Each looks first whether it was reached, so a
// run that was killed anywhere goes on.
func (r *replacement) run(ctx context.Context, client *clientv3.Client) error {
	if r.state == nil {
		if err := r.begin(ctx, client); err != nil {
			return err
		}
	}
	for _, stage := range []struct {
		name string
		do   func(context.Context, *clientv3.Client) error
	}{
		{"stop the member", r.stop},
		{"remove the member", r.remove},
		{"move its data aside", r.moveAside},
		{"add the member", r.add},
		{"start the member", r.start},
		{"promote the member", r.promote},
		{"wait for the member", r.await},
	} {
		say(r.in, stage.name)
		if err := stage.do(ctx, client); err != nil {
			return fmt.Errorf("%s: %w", stage.name, err)
		}
		reached(stage.name)
	}
	r.state.Complete = true
	return r.state.save(r.in.Dir)
}

func (r *replacement) begin(ctx context.Context, client *clientv3.Client) error {
	found, err := r.look(ctx, client)
	if err == nil {
		err = found.err(r.EvenIfAlive)
	}
	if err != nil {
		return err
	}
	r.state = &replaceState{}
	if found.old != nil {
		r.state.OldID = found.old.ID
	}
	if r.state.Data, err = datadir.Plan(r.member.DataDir, "member", tag(r.in)); err != nil {
		return err
	}
	if r.member.WALDir != "" {
		wal, err := datadir.Plan(r.member.WALDir, "", tag(r.in))
		if err != nil {
			return err
		}
		r.state.WAL = &wal
	}
	return r.state.save(r.in.Dir)
}

// stop ends the old process. Once the new member was added, what runs is it.
func (r *replacement) stop(ctx context.Context, _ *clientv3.Client) error {
	if r.state.NewID != 0 {
		return nil
	}
	limit := time.Duration(r.StopTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("stop_timeout of %s has passed", limit))
	defer cancel()
	return halt(ctx, r.member.Name, r.member.Control, executor(r.in, r.member.Name), r.member.traces())
}

func (r *replacement) remove(ctx context.Context, client *clientv3.Client) error {
	if r.state.NewID != 0 || r.state.OldID == 0 {
		return nil
	}
	_, err := client.MemberRemove(ctx, r.state.OldID)
	if errors.Is(err, rpctypes.ErrMemberNotFound) {
		return nil
	}
	return err
}

func (r *replacement) moveAside(context.Context, *clientv3.Client) error {
	if r.state.NewID != 0 {
		return nil
	}
	for _, p := range r.state.places() {
		if err := p.Aside(); err != nil {
			return err
		}
	}
	return nil
}

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
	if trace, err := process.NewWatch(r.member.traces()).Running(ctx); err == nil && trace != "" {
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
