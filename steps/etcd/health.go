package etcd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/etcdclient"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
)

var observed = []steps.Output{
	{Name: "members", Type: steps.Int, Doc: "How many members the cluster lists; without an answer, how many endpoints were asked."},
	{Name: "answering", Type: steps.List, Doc: "Names of the members that answered all that was asked."},
	{Name: "failed", Type: steps.List, Doc: "Names (where unknown, endpoints) of the members that did not."},
	{Name: "leader", Type: steps.String, Doc: "Name of the leader; empty when there is none."},
	{Name: "revision", Type: steps.Int, Doc: "The newest revision seen."},
	{Name: "keys", Type: steps.Int, Doc: "Live keys under prefix."},
	{Name: "cluster_id", Type: steps.String, Doc: "The cluster's ID, in hexadecimal."},
	{Name: "hash_kv", Type: steps.Int, Doc: "Hash of the keys and values, of the first member that answered."},
	{Name: "db_size", Type: steps.Int, Doc: "Bytes of the largest database."},
}

// Members is the kind etcd_members.
func Members() steps.Kind {
	return steps.Kind{
		Type:    "etcd_members",
		Summary: "Find out which members of etcd answer.",
		Doc: `Asks every endpoint once and gives back who answered and who did not. A dead member, or all of them dead, is what it is
there to find, and no error; wrong certificates and credentials are one. It proves nothing: use etcd_health or verify for that.`,
		Example: `step: Identify failed etcd member
id: identify
etcd_members:
  endpoints: ["https://10.0.0.1:2379", "https://10.0.0.2:2379", "https://10.0.0.3:2379"]
  tls: {ca: /etc/etcd/ca.crt, cert: /etc/etcd/client.crt, key: /etc/etcd/client.key}
`,
		ByHand:  `etcdctl --endpoints={{range $i, $e := .endpoints}}{{if $i}},{{end}}{{$e}}{{end}}{{with .tls}}{{with .ca}} --cacert={{.}}{{end}}{{with .cert}} --cert={{.}}{{end}}{{with .key}} --key={{.}}{{end}}{{end}} endpoint status -w table`,
		New:     func() steps.Step { return &membersStep{} },
		Timeout: 2 * time.Minute,
		Outputs: observed,
	}
}

// Health is the kind etcd_health.
func Health() steps.Kind {
	return steps.Kind{
		Type:    "etcd_health",
		Summary: "Verify that etcd is one healthy cluster.",
		Doc: `Asks every endpoint until all of this holds at once, or the deadline passes: every member answers a read through a
quorum; all name one leader and one cluster ID; no member has an alarm or is a learner; the cluster has no member that no
endpoint leads to; and all members hold the same data: equal hashes at one revision. At the deadline the error says what
was seen last.`,
		Example: `step: Verify cluster health
etcd_health:
  endpoints: ["https://10.0.0.1:2379", "https://10.0.0.2:2379", "https://10.0.0.3:2379"]
  tls: {ca: /etc/etcd/ca.crt, cert: /etc/etcd/client.crt, key: /etc/etcd/client.key}
  members: 3
  min_keys: 1
timeout: 5m
`,
		ByHand: `etcdctl --endpoints={{range $i, $e := .endpoints}}{{if $i}},{{end}}{{$e}}{{end}}{{with .tls}}{{with .ca}} --cacert={{.}}{{end}}{{with .cert}} --cert={{.}}{{end}}{{with .key}} --key={{.}}{{end}}{{end}} endpoint health
etcdctl --endpoints={{range $i, $e := .endpoints}}{{if $i}},{{end}}{{$e}}{{end}}{{with .tls}}{{with .ca}} --cacert={{.}}{{end}}{{with .cert}} --cert={{.}}{{end}}{{with .key}} --key={{.}}{{end}}{{end}} endpoint hashkv -w table`,
		New:     func() steps.Step { return &healthStep{} },
		Timeout: 5 * time.Minute,
		Traits:  steps.Traits{Verifies: true},
		Outputs: observed,
	}
}

type membersStep struct {
	etcdclient.Conn
	Prefix string `json:"prefix" doc:"Count the keys under this prefix; without it, all."`
}

// Validate checks the config.
func (s *membersStep) Validate(partial bool) error { return s.Conn.Validate(partial) }

// Run looks once.
func (s *membersStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	obs := etcdcluster.Observe(ctx, s.Conn, s.Prefix)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("while asking the members: %w", context.Cause(ctx))
	}
	var refused []error
	for _, seen := range obs.Seen {
		switch {
		case seen.Err == nil:
		case steps.IsFinal(seen.Err):
			refused = append(refused, seen.Err)
		default:
			in.Log.Info("a member does not answer", "member", obs.Name(seen), "error", seen.Err.Error())
		}
	}
	// Refused by everybody: that says something of us, not of the members.
	if len(refused) == len(obs.Seen) {
		return nil, errors.Join(refused...)
	}
	return observedOutputs(obs), nil
}

// pollHealth is how long to wait between two looks at a cluster.
const pollHealth = 500 * time.Millisecond

type healthStep struct {
	etcdclient.Conn
	Members int64  `json:"members" doc:"How many members the cluster must have; without it, as many as there are endpoints."`
	Prefix  string `json:"prefix" doc:"Count the keys under this prefix; without it, all."`
	MinKeys int64  `json:"min_keys" doc:"How many keys there must be at least."`
	MinRev  int64  `json:"min_revision" doc:"The revision must be at least this."`
}

// Validate checks the config.
func (s *healthStep) Validate(partial bool) error {
	err := s.Conn.Validate(partial)
	if s.Members < 0 || s.MinKeys < 0 || s.MinRev < 0 {
		err = errors.Join(err, steps.Errorf("members", "numbers must not be below 0"))
	}
	return err
}

// Run looks until the cluster is healthy. An error that time does not mend, at
// every endpoint, ends it at once.
func (s *healthStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	last := errors.New("nothing was observed")
	for {
		obs := etcdcluster.Observe(ctx, s.Conn, s.Prefix)
		if ctx.Err() == nil {
			problems := s.problems(obs)
			if len(problems) == 0 {
				return observedOutputs(obs), nil
			}
			last = errors.New(strings.Join(problems, "; "))
			if hopeless(obs) {
				return nil, steps.Final(last)
			}
			say(in, problems[0])
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("not healthy in time, last seen: %w (%w)", last, context.Cause(ctx))
		case <-time.After(pollHealth):
		}
	}
}

func say(in *steps.Run, message string) {
	if in.Progress != nil {
		in.Progress(message)
	}
}

func hopeless(obs etcdcluster.Observation) bool {
	for _, seen := range obs.Seen {
		if !steps.IsFinal(seen.Err) {
			return false
		}
	}
	return true
}

func (s *healthStep) problems(obs etcdcluster.Observation) []string {
	problems := obs.Problems(int(s.Members))
	out := observedOutputs(obs)
	if keys := out["keys"].(int64); keys < s.MinKeys {
		problems = append(problems, fmt.Sprintf("%d keys, expected at least %d", keys, s.MinKeys))
	}
	if revision := out["revision"].(int64); revision < s.MinRev {
		problems = append(problems, fmt.Sprintf("revision %d, expected at least %d", revision, s.MinRev))
	}
	return problems
}

func observedOutputs(obs etcdcluster.Observation) steps.Outputs {
	out := steps.Outputs{
		"members": int64(len(obs.Seen)), "answering": []string{}, "failed": obs.Failed(), "leader": "",
		"revision": int64(0), "keys": int64(0), "cluster_id": "", "hash_kv": int64(0), "db_size": int64(0),
	}
	if obs.Listed != nil {
		out["members"] = int64(len(obs.Listed))
	}
	answering := []string{}
	for _, seen := range obs.Answered() {
		answering = append(answering, obs.Name(seen))
		out["db_size"] = max(out["db_size"].(int64), seen.DBSize)
		if seen.Leader == seen.ID {
			out["leader"] = obs.Name(seen)
		}
		if out["cluster_id"] == "" {
			out["cluster_id"], out["hash_kv"] = etcdcluster.Hex(seen.ClusterID), int64(seen.HashKV)
		}
		if seen.Revision > out["revision"].(int64) {
			out["revision"], out["keys"] = seen.Revision, seen.Keys
		}
	}
	out["answering"] = answering
	return out
}
