package velero

import (
	"context"
	"errors"
	"fmt"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// PreflightEarly checks what no earlier step gives.
func (s *scheduleStep) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return unreached
	}
	asks := []ask{access(velero, s.needs(velero)...)}
	if s.Action == actionRunNow || s.Action == actionCreate {
		asks = append(asks, velero.CheckRunning)
	}
	return together(ctx, asks...)
}

// needs is what the action takes.
func (s *scheduleStep) needs(velero *server.Server) []kubeclient.Access {
	switch s.Action {
	case actionRunNow:
		return backupAccess(velero, true)
	case actionCreate:
		return []kubeclient.Access{velero.Need("schedules", "get", "list", "watch", "patch")}
	}
	return []kubeclient.Access{velero.Need("schedules", "get", "list", "patch")}
}

// Preflight checks what the action needs.
func (s *scheduleStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return unreached
	}
	if s.Action == actionRunNow {
		return s.preflightRun(ctx, maker{velero, in, s.AcceptPartial})
	}
	checks := []steps.Check{
		velero.CheckAccess(ctx, s.needs(velero)...),
		{Name: checkGuard, Err: velero.Guard(ctx, in, velero.Namespace)},
	}
	if s.Action == actionCreate {
		return append(checks, velero.CheckRunning(ctx), velero.CheckLocation(ctx, s.StorageLocation, true))
	}
	return append(checks, s.checkTargets(ctx, velero))
}

func (s *scheduleStep) preflightRun(ctx context.Context, m maker) []steps.Check {
	access := m.CheckAccess(ctx, s.needs(m.Server)...)
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
