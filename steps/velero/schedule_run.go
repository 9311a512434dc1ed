package velero

import (
	"context"
	"errors"
	"fmt"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Run does what the action says.
func (s *scheduleStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	velero, err := s.Dial(in)
	if err != nil {
		return nil, err
	}
	if s.Action == actionRunNow {
		return s.runNow(ctx, maker{velero, in, s.AcceptPartial})
	}
	if err := velero.Guard(ctx, in, velero.Namespace); err != nil {
		return nil, err
	}
	if s.Action == actionCreate {
		return s.create(ctx, velero)
	}
	return s.pause(ctx, velero, in)
}

// Reconcile: only the backup of run_now would be made twice; the rest ends
// the same however often it is done.
func (s *scheduleStep) Reconcile(ctx context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	if s.Action != actionRunNow {
		return steps.NeverBegun, nil, nil
	}
	velero, err := s.Dial(in)
	if err != nil {
		return steps.Unknown, nil, err
	}
	verdict, out, err := maker{velero, in, s.AcceptPartial}.reconcile(ctx)
	if out != nil {
		out = s.withBackup(out)
	}
	return verdict, out, err
}

func (s *scheduleStep) runNow(ctx context.Context, m maker) (steps.Outputs, error) {
	var out steps.Outputs
	schedule, err := findSchedule(ctx, m.Server, s.Name)
	switch {
	case m.in.Attach:
		out, err = m.finish(ctx) // the schedule may be gone by now
	case err == nil:
		backup := fromSchedule(schedule)
		backup.Labels = merged(backup.Labels, s.Labels)
		out, err = m.makeBackup(ctx, backup)
	}
	if err != nil {
		return nil, err
	}
	return s.withBackup(out), nil
}

func (s *scheduleStep) withBackup(out steps.Outputs) steps.Outputs {
	out["schedules"], out["changed"] = []string{s.Name}, []string{}
	return out
}

// withoutBackup has the outputs of a backup empty.
func withoutBackup(schedules, changed []string) steps.Outputs {
	out := steps.Outputs{}
	for _, o := range backupOutputs {
		switch o.Type {
		case steps.Int:
			out[o.Name] = 0
		case steps.List:
			out[o.Name] = []string{}
		default:
			out[o.Name] = ""
		}
	}
	out["schedules"], out["changed"] = schedules, changed
	return out
}

// create applies the schedule. It is not marked with the run: Velero would hand
// the mark on to every backup that the schedule makes, as if this run had
// made them.
func (s *scheduleStep) create(ctx context.Context, velero *server.Server) (steps.Outputs, error) {
	spec, err := s.spec()
	if err != nil {
		return nil, steps.Final(err)
	}
	schedule := &velerov1.Schedule{
		TypeMeta:   metav1.TypeMeta{APIVersion: velerov1.SchemeGroupVersion.String(), Kind: "Schedule"},
		ObjectMeta: metav1.ObjectMeta{Namespace: velero.Namespace, Name: s.Name, Labels: s.Labels},
		Spec:       velerov1.ScheduleSpec{Template: spec, Schedule: s.Cron, Paused: s.Paused},
	}
	if s.SkipImmediately {
		schedule.Spec.SkipImmediately = new(true)
	}
	changed, err := velero.ApplyObject(ctx, schedule)
	if err != nil {
		return nil, err
	}
	if err := s.accepted(ctx, velero); err != nil {
		return nil, err
	}
	names := []string{}
	if changed {
		names = append(names, s.Name)
	}
	return withoutBackup([]string{s.Name}, names), nil
}

// accepted waits until Velero has looked at the schedule, which it does not do
// while it is paused.
func (s *scheduleStep) accepted(ctx context.Context, velero *server.Server) error {
	if s.Paused {
		return nil
	}
	var list velerov1.ScheduleList
	err := velero.Await(ctx, &list, func() (bool, error) {
		if len(list.Items) == 0 {
			return false, errors.New("the schedule is gone: somebody has deleted it")
		}
		st := list.Items[0].Status
		if st.Phase == velerov1.SchedulePhaseFailedValidation {
			return false, steps.Final(fmt.Errorf("schedule %s is refused by Velero: %s", s.Name, strings.Join(st.ValidationErrors, "; ")))
		}
		return st.Phase == velerov1.SchedulePhaseEnabled, nil
	}, velero.One(s.Name)...)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: Velero has not looked at the schedule %s yet; does it run?", err, s.Name)
	}
	return err
}

// pause pauses or unpauses.
func (s *scheduleStep) pause(ctx context.Context, velero *server.Server, in *steps.Run) (steps.Outputs, error) {
	schedules, err := s.targets(ctx, velero)
	if err != nil {
		return nil, err
	}
	names, changed := []string{}, []string{}
	for i := range schedules {
		names = append(names, schedules[i].Name)
		did, err := setPaused(ctx, velero, &schedules[i], s.Action == actionPause, s.SkipImmediately)
		if err != nil {
			return nil, err
		}
		if did {
			changed = append(changed, schedules[i].Name)
			in.Progress(fmt.Sprintf("%s: %s", s.Action, schedules[i].Name))
		}
	}
	return withoutBackup(names, changed), nil
}

func (s *scheduleStep) targets(ctx context.Context, velero *server.Server) ([]velerov1.Schedule, error) {
	if s.All {
		return allSchedules(ctx, velero)
	}
	one, err := findSchedule(ctx, velero, s.Name)
	if err != nil {
		return nil, err
	}
	return []velerov1.Schedule{*one}, nil
}

// setPaused reports whether it changed anything. A schedule that is deleted
// meanwhile makes no backups either.
func setPaused(ctx context.Context, velero *server.Server, schedule *velerov1.Schedule, paused, skip bool) (bool, error) {
	if schedule.Spec.Paused == paused {
		return false, nil
	}
	before := schedule.DeepCopy()
	schedule.Spec.Paused = paused
	if skip {
		schedule.Spec.SkipImmediately = new(true)
	}
	err := velero.Retry(ctx, func() error { return velero.Patch(ctx, schedule, client.MergeFrom(before)) })
	if apierrors.IsNotFound(err) && paused {
		return false, nil
	}
	return err == nil, err
}
