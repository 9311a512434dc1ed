package etcd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/etcdclient"
)

// Replace is the kind etcd_member_replace.
func Replace() steps.Kind {
	return steps.Kind{
		Type:    "etcd_member_replace",
		Summary: "Replace one failed member of etcd.",
		Doc: `For a cluster that has kept its quorum. The failed member is stopped and proven dead, removed from the cluster, and its data
moved aside (never deleted); then it is added again, as a learner where the version has them (3.4), started with an empty
directory and ` + "`--initial-cluster-state=existing`" + `, promoted when it has caught up, and waited for until it answers. It gets
its data from the other members, which are newer than any snapshot. Without a quorum it is refused: use etcd_restore.

What the member must be started with reaches it in one of three ways: a command gets ` + "`DRPLAN_ETCD_INITIAL_CLUSTER`" + ` and
` + "`DRPLAN_ETCD_INITIAL_CLUSTER_STATE`" + ` in its environment; a static pod gets the flags in its manifest; for a systemd unit
` + "`env_file`" + ` is written, with etcd's own ` + "`ETCD_INITIAL_CLUSTER`" + ` and ` + "`ETCD_INITIAL_CLUSTER_STATE`" + `.`,
		Example: `step: Replace the failed member
etcd_member_replace:
  endpoints: ["https://10.0.0.1:2379", "https://10.0.0.2:2379"]
  tls: {ca: /etc/etcd/ca.crt, cert: /etc/etcd/client.crt, key: /etc/etcd/client.key}
  member:
    name: etcd-3
    data_dir: /var/lib/etcd
    peer_url: https://10.0.0.3:2380
    client_url: https://10.0.0.3:2379
    systemd_unit: etcd.service
  env_file: /etc/etcd/cluster.env
`,
		ByHand: `etcdctl --endpoints={{range $i, $e := .endpoints}}{{if $i}},{{end}}{{$e}}{{end}} member list
etcdctl --endpoints={{range $i, $e := .endpoints}}{{if $i}},{{end}}{{$e}}{{end}} member remove ID
mv {{.member.data_dir}} {{.member.data_dir}}.old
etcdctl --endpoints={{range $i, $e := .endpoints}}{{if $i}},{{end}}{{$e}}{{end}} member add {{.member.name}} --learner --peer-urls={{.member.peer_url}}
# start {{.member.name}} with --initial-cluster-state=existing and the --initial-cluster that was printed
etcdctl --endpoints={{range $i, $e := .endpoints}}{{if $i}},{{end}}{{$e}}{{end}} member promote NEW-ID`,
		New:     func() steps.Step { return &replaceStep{} },
		Timeout: time.Hour,
		Traits:  steps.Traits{Mutates: true, Brings: steps.APIServer},
		Outputs: []steps.Output{
			{Name: "member", Type: steps.String, Doc: "Its name."},
			{Name: "old_id", Type: steps.String, Doc: "The ID that was removed, in hexadecimal; empty when the cluster did not list it."},
			{Name: "new_id", Type: steps.String, Doc: "The ID it has now, in hexadecimal."},
			{Name: "learner", Type: steps.Bool, Doc: "Whether it was added as a learner."},
			{Name: "cluster_id", Type: steps.String, Doc: "The cluster's ID, in hexadecimal."},
			{Name: "revision", Type: steps.Int, Doc: "The revision that it read when it had joined."},
			{Name: "old_dir", Type: steps.String, Doc: "Where its old data are now; empty when there were none."},
		},
	}
}

type replaceStep struct {
	etcdclient.Conn
	Member       member         `json:"member" plan:"required" doc:"The failed member, on this machine."`
	EnvFile      string         `json:"env_file" doc:"A file that the systemd unit reads by EnvironmentFile=. It is overwritten."`
	EvenIfAlive  bool           `json:"even_if_alive" doc:"Replace the member although it answers, because its data or its disk are bad."`
	StopTimeout  steps.Duration `json:"stop_timeout" default:"1m" doc:"How long the member may take to be dead."`
	StartTimeout steps.Duration `json:"start_timeout" default:"30m" doc:"How long it may take to catch up and answer."`
}

// Validate checks the config.
func (s *replaceStep) Validate(partial bool) error {
	errs := []error{s.Conn.Validate(partial), s.Member.validate("member", partial)}
	if !partial && !s.Member.CanStart() {
		errs = append(errs, steps.Errorf("member.start", "say how to start it"))
	}
	if !partial && s.Member.ClientURL == "" && s.Member.StaticPod == "" {
		errs = append(errs, steps.Errorf("member.client_url", "it is required: only there can it be seen to have joined"))
	}
	if !partial && s.Member.SystemdUnit != "" && s.EnvFile == "" {
		errs = append(errs, steps.Errorf("env_file", "a systemd unit learns the cluster's members from it: it is required with systemd_unit"))
	}
	return errors.Join(errs...)
}

// Preflight checks that the cluster can spare the member.
func (s *replaceStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	r, err := s.open(in)
	if err != nil {
		return []steps.Check{{Name: "member", Err: err}}
	}
	checks := []steps.Check{{Name: "tools", Err: r.checkTools(ctx)}, {Name: "directories", Err: r.checkPlaces()}}
	client, err := r.dial(ctx)
	if err != nil {
		return append(checks, steps.Check{Name: "quorum", Err: err})
	}
	defer client.Close()
	found, err := r.look(ctx, client)
	if err != nil {
		return append(checks, steps.Check{Name: "quorum", Err: err, Hard: errors.Is(err, errNoQuorum)})
	}
	return append(checks,
		steps.Check{Name: "quorum", Message: fmt.Sprintf("%d of %d voters besides it answer", found.others, found.voters)},
		steps.Check{Name: "member_failed", Err: found.err(s.EvenIfAlive)},
	)
}

func (r *replacement) checkTools(ctx context.Context) error {
	return r.member.Check(ctx, executor(r.in, r.member.Name))
}

func (r *replacement) checkPlaces() error {
	_, err := r.member.places("preflight")
	return err
}

// Run replaces the member, or goes on where a crash left it.
func (s *replaceStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	r, err := s.open(in)
	if err != nil {
		return nil, err
	}
	client, err := r.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if err := r.run(ctx, client); err != nil {
		return nil, err
	}
	return r.state.outputs(r.member.Name), nil
}

// Reconcile asks the state that was recorded. Every stage of a replacement can
// be taken up again, because the cluster's own list says which was reached.
func (s *replaceStep) Reconcile(_ context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	state, err := loadReplaceState(in.Dir)
	switch {
	case err != nil:
		return steps.Unknown, nil, err
	case state == nil:
		return steps.NeverBegun, nil, nil
	case state.Complete:
		return steps.Done, state.outputs(s.Member.Name), nil
	}
	return steps.Running, nil, nil
}
