package etcd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/etcdclient"
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
	m, err := s.Member.resolve()
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
			return fmt.Errorf("%s: %w%s", stage.name, err, r.waiting())
		}
		reached(stage.name)
	}
	r.state.Complete = true
	return r.state.save(r.in.Dir)
}

// waiting says where a stopped pod's manifest is, which this run and any other
// puts back.
func (r *replacement) waiting() string {
	if path := r.member.Parked(); path != "" {
		return fmt.Sprintf(" (%s is down; its manifest waits at %s)", r.member.Name, path)
	}
	return ""
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
	if err := r.checkTools(ctx); err != nil {
		return steps.Final(err)
	}
	if r.state.memberPlace, err = r.member.places(tag(r.in)); err != nil {
		return err
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
	return halt(ctx, r.in, r.member.server(r.in))
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
	for _, p := range r.state.all() {
		if err := p.Aside(); err != nil {
			return err
		}
	}
	return nil
}
