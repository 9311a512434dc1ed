package velero

import (
	"context"
	"errors"
	"fmt"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Preflight checks what the action needs.
func (s *scheduleStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return unreached
	}
	if s.Action == actionRunNow {
		return s.preflightRun(ctx, maker{velero, in, s.AcceptPartial})
	}
	need := velero.Need("schedules", "get", "list", "patch")
	if s.Action == actionCreate {
		need.Verbs = []string{"get", "list", "watch", "patch"}
	}
	checks := []steps.Check{
		velero.CheckAccess(ctx, need),
		{Name: checkGuard, Err: velero.Guard(ctx, in, velero.Namespace)},
	}
	if s.Action == actionCreate {
		return append(checks, velero.CheckRunning(ctx), velero.CheckLocation(ctx, s.StorageLocation, true))
	}
	return append(checks, s.checkTargets(ctx, velero))
}

func (s *scheduleStep) preflightRun(ctx context.Context, m maker) []steps.Check {
	access := m.CheckAccess(ctx, backupAccess(m.Server, true)...)
	schedule, err := findSchedule(ctx, m.Server, s.Name)
	if err != nil {
		return []steps.Check{access, {Name: checkSchedule, Err: err, Defer: errors.Is(err, errNoSchedule)}}
	}
	found := steps.Check{Name: checkSchedule, Message: "the schedule " + s.Name + " is there"}
	return append([]steps.Check{access, found}, m.checks(ctx, schedule.Spec.Template)...)
}

func (s *scheduleStep) checkTargets(ctx context.Context, velero *server.Server) steps.Check {
	targets, err := s.targets(ctx, velero)
	if err != nil {
		return steps.Check{Name: checkSchedule, Err: err, Defer: errors.Is(err, errNoSchedule)}
	}
	return steps.Check{Name: checkSchedule, Message: fmt.Sprintf("%d schedules are there", len(targets))}
}
