package etcd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
)

// Preflight checks the snapshot, the members and the room for them.
func (s *restoreStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	r, err := s.open(in)
	if err != nil {
		return []steps.Check{{Name: "members", Err: err}}
	}
	checks := append(s.preflightFile(ctx, r.members),
		steps.Check{Name: "existing_data", Err: s.checkExisting(r.members)},
		steps.Check{Name: "directories", Err: r.checkPlaces()},
		steps.Check{Name: "tools", Err: r.checkTools(ctx)},
		steps.Check{Name: "no_fork", Err: r.checkFork(ctx, surveyMembers(ctx, r.Auth, r.members, in)), Hard: true},
	)
	return append(checks, r.preflightPods()...)
}

// PreflightEarly asks whether the servers could be stopped and started.
func (s *restoreStep) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	if len(s.Members) == 0 {
		return nil // not known yet
	}
	r, err := s.open(in)
	if err == nil {
		err = r.checkTools(ctx)
	}
	return []steps.Check{{Name: "tools", Err: err, Defer: err != nil, Lacks: steps.Service}}
}

// preflightPods is for static pods only. Which way is taken is decided when the
// step runs, for a disaster may come first.
func (r *restore) preflightPods() []steps.Check {
	if way, _ := r.chooseWay(); way == "" && r.StaticPodWay != string(fast) {
		return nil
	}
	checks := []steps.Check{{Name: "kubelet", Err: r.checkKubelet()}}
	if r.StaticPodWay == string(fast) {
		_, err := r.chooseWay()
		checks = append(checks, steps.Check{Name: "static_pod_way", Err: err})
	}
	return checks
}

// preflightFile: a file that is not there yet may be what an earlier step
// fetches.
func (s *restoreStep) preflightFile(ctx context.Context, members []member) []steps.Check {
	meta, digest, err := checkFile(ctx, s.From)
	if errors.Is(err, fs.ErrNotExist) {
		return []steps.Check{{Name: "snapshot", Err: err, Defer: true}}
	}
	if err != nil {
		return []steps.Check{{Name: "snapshot", Err: err, Hard: true}}
	}
	found := fmt.Sprintf("%d MiB, SHA-256 %s", digest.Size>>20, digest.SHA256)
	if !meta.StartedAt.IsZero() {
		found += ", of " + stamp(meta.StartedAt)
	}
	message, err := checkRoom(members, digest.Size)
	return []steps.Check{
		{Name: "snapshot", Message: found},
		{Name: "disk_space", Err: err, Message: message},
	}
}

// checkTools asks whether all servers could be stopped and started.
func (r *restore) checkTools(ctx context.Context) error {
	var errs []error
	look := func(name string, c process.Control) {
		if err := c.Check(ctx, executor(r.in, name)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	for _, m := range r.members {
		look(m.Name, m.Control)
	}
	for _, d := range r.Quiesce {
		look(d.Name, d.Control)
	}
	for _, s := range r.restarts {
		look(s.name, s.Control)
	}
	return errors.Join(errs...)
}

func executor(in *steps.Run, name string) process.Exec {
	return process.Exec{Name: name, Dir: in.Dir, Environ: in.Environ(), Output: in.Output}
}
