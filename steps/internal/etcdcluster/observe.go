package etcdcluster

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/drplan/drplan/steps/internal/etcdclient"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Observation is one look at a cluster.
type Observation struct {
	Seen []Seen // one for each endpoint, in the order given

	// Listed is the cluster's own list of members, from the first endpoint that
	// gave it; nil when none did.
	Listed []Listed
}

// Seen is what one endpoint said. With Err set, the rest may be empty.
type Seen struct {
	Endpoint string
	Err      error

	ID        uint64
	ClusterID uint64
	Leader    uint64 // the leader's ID as this member sees it; 0: none
	Learner   bool
	Version   string   // of etcd
	DBSize    int64    // bytes of the database file
	Complaint []string // alarms and errors that the member reports of itself
	Revision  int64    // at a linearizable read
	Keys      int64    // under the prefix, at that read

	HashKV     uint32
	HashedAt   int64 // the revision that was hashed; 0: no hash was taken
	CompactRev int64 // hashes are comparable only where this is equal
}

// Listed is a member as the cluster lists it.
type Listed struct {
	ID         uint64
	Name       string // empty until it was first started
	PeerURLs   []string
	ClientURLs []string
	Learner    bool
}

// Label is how a person would call the member.
func (l Listed) Label() string {
	if l.Name != "" {
		return l.Name
	}
	return "member " + Hex(l.ID)
}

// Hex is an ID as etcdctl prints it.
func Hex(id uint64) string { return strconv.FormatUint(id, 16) }

// Observe looks at every endpoint of conn at once. It counts the keys under
// prefix; an empty prefix counts all. What does not answer is part of the
// observation, not an error.
func Observe(ctx context.Context, conn etcdclient.Conn, prefix string) Observation {
	obs := Observation{Seen: make([]Seen, len(conn.Endpoints))}
	clients := make([]*clientv3.Client, len(conn.Endpoints))
	each(len(clients), func(i int) {
		clients[i], obs.Seen[i] = look(ctx, conn, conn.Endpoints[i], prefix)
	})
	defer closeAll(clients)
	obs.Listed = list(ctx, conn, clients)
	hash(ctx, conn, clients, obs.Seen)
	return obs
}

func each(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

func closeAll(clients []*clientv3.Client) {
	for _, c := range clients {
		if c != nil {
			c.Close()
		}
	}
}

func look(ctx context.Context, conn etcdclient.Conn, endpoint, prefix string) (*clientv3.Client, Seen) {
	seen := Seen{Endpoint: endpoint}
	client, err := conn.DialOne(ctx, endpoint)
	if err != nil {
		seen.Err = err
		return nil, seen
	}
	ctx, cancel := context.WithTimeout(ctx, conn.Timeout())
	defer cancel()
	if err := seen.status(ctx, client); err != nil {
		seen.Err = fmt.Errorf("etcd at %s: status: %w", endpoint, err)
	} else if err := seen.read(ctx, client, prefix); err != nil {
		seen.Err = fmt.Errorf("etcd at %s: linearizable read: %w (has the cluster a leader?)", endpoint, err)
	}
	return client, seen
}

func (s *Seen) status(ctx context.Context, client *clientv3.Client) error {
	st, err := client.Status(ctx, s.Endpoint)
	if err != nil {
		return err
	}
	s.ID, s.ClusterID = st.Header.MemberId, st.Header.ClusterId
	s.Leader, s.Learner = st.Leader, st.IsLearner
	s.Version, s.DBSize, s.Complaint = st.Version, st.DbSize, st.Errors
	return nil
}

// read goes through a quorum, which a member that only looks alive cannot. A
// learner refuses it by design.
func (s *Seen) read(ctx context.Context, client *clientv3.Client, prefix string) error {
	if s.Learner {
		return nil
	}
	all := []clientv3.OpOption{clientv3.WithCountOnly(), clientv3.WithPrefix()}
	got, err := client.Get(ctx, prefix, all...)
	if err != nil {
		return err
	}
	s.Revision, s.Keys = got.Header.Revision, got.Count
	return nil
}

// list is asked serializably, so that a cluster without a quorum answers too.
func list(ctx context.Context, conn etcdclient.Conn, clients []*clientv3.Client) []Listed {
	for _, client := range clients {
		if client == nil {
			continue
		}
		if listed, err := ListMembers(ctx, conn, client); err == nil {
			return listed
		}
	}
	return nil
}

// ListMembers asks the member behind client for its list of members, which may
// be old where the cluster has no quorum.
func ListMembers(ctx context.Context, conn etcdclient.Conn, client *clientv3.Client) ([]Listed, error) {
	ctx, cancel := context.WithTimeout(ctx, conn.Timeout())
	defer cancel()
	got, err := client.MemberList(ctx, clientv3.WithSerializable())
	if err != nil {
		return nil, err
	}
	return toListed(got.Members), nil
}

func toListed(members []*pb.Member) []Listed {
	out := make([]Listed, 0, len(members))
	for _, m := range members {
		out = append(out, Listed{ID: m.ID, Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs, Learner: m.IsLearner})
	}
	slices.SortFunc(out, func(a, b Listed) int { return slices.Compare(a.PeerURLs, b.PeerURLs) })
	return out
}

// hash asks every member that answered for its hash at one revision: the newest
// that all of them hold.
func hash(ctx context.Context, conn etcdclient.Conn, clients []*clientv3.Client, seen []Seen) {
	revision := int64(0)
	for _, s := range seen {
		if s.Err == nil && s.Revision > 0 && (revision == 0 || s.Revision < revision) {
			revision = s.Revision
		}
	}
	if revision == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, conn.Timeout())
	defer cancel()
	each(len(seen), func(i int) {
		if seen[i].Err != nil || seen[i].Learner {
			return
		}
		got, err := clients[i].HashKV(ctx, seen[i].Endpoint, revision)
		if err != nil {
			seen[i].Err = fmt.Errorf("etcd at %s: hash at revision %d: %w", seen[i].Endpoint, revision, err)
			return
		}
		seen[i].HashKV, seen[i].HashedAt, seen[i].CompactRev = got.Hash, revision, got.CompactRevision
	})
}
