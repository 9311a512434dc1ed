package etcd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
)

// Preflight checks the snapshot, the members and the room for them.
func (s *restoreStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	r, err := s.open(in)
	if err != nil {
		return []steps.Check{{Name: "members", Err: err}}
	}
	return append(s.preflightFile(ctx, r.members),
		steps.Check{Name: "existing_data", Err: s.checkExisting(r.members)},
		steps.Check{Name: "tools", Err: s.checkTools()},
		steps.Check{Name: "no_fork", Err: r.checkFork(ctx, surveyMembers(ctx, r.Auth, r.members, in)), Hard: true},
	)
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

func (s *restoreStep) checkTools() error {
	var errs []error
	look := func(who string, c process.Control) {
		for _, program := range c.Commands() {
			if _, err := exec.LookPath(program); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", who, err))
			}
		}
	}
	for _, m := range s.Members {
		look(m.Name, m.Control)
	}
	for _, d := range s.Quiesce {
		look(d.Name, d.Control)
	}
	return errors.Join(errs...)
}

// environ is what a member's commands run with: drplan's own environment, the
// step's, and what tells a script whom it works for.
func environ(in *steps.Run) []string {
	env := os.Environ()
	for name, value := range in.Params {
		env = append(env, "DRPLAN_PARAM_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+value)
	}
	for name, value := range in.Env {
		env = append(env, name+"="+value)
	}
	return append(env, "DRPLAN_RUN_ID="+in.RunID, "DRPLAN_STEP="+in.StepID, fmt.Sprintf("DRPLAN_ATTEMPT=%d", in.Attempt), "DRPLAN_STEP_DIR="+in.Dir)
}

func executor(in *steps.Run, name string) process.Exec {
	return process.Exec{Name: name, Dir: in.Dir, Environ: environ(in), Output: in.Output}
}
