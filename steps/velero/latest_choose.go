package velero

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// errNone is what a choice without a fitting backup ends in.
var errNone = errors.New("no good backup")

// choice is the newest good backup and those begun later.
type choice struct {
	backup *velerov1.Backup
	passed []string // those begun later, or in the same second, that are not good; newest first
}

func (s *latestStep) choose(ctx context.Context, velero *server.Server) (*choice, error) {
	all, err := velero.Backups(ctx)
	if err != nil {
		return nil, err
	}
	return s.pick(all)
}

// pick finds the newest good backup among those that are meant.
func (s *latestStep) pick(all []velerov1.Backup) (*choice, error) {
	selector, err := labelSelector(s.Selector)
	if err != nil {
		return nil, steps.Final(err)
	}
	meant := slices.DeleteFunc(slices.Clone(all), func(b velerov1.Backup) bool { return !s.means(b, selector) })
	slices.SortFunc(meant, func(a, b velerov1.Backup) int {
		return cmp.Or(server.Begun(b).Compare(server.Begun(a)), strings.Compare(b.Name, a.Name))
	})
	c := &choice{}
	for i := range meant {
		if c.backup != nil && server.Begun(meant[i]).Before(server.Begun(*c.backup)) {
			break // one of the same second may have been begun later
		}
		reason := s.unfit(&meant[i])
		switch {
		case reason != "":
			c.passed = append(c.passed, meant[i].Name+": "+reason)
		case c.backup == nil:
			c.backup = &meant[i]
		}
	}
	if c.backup != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%w %s%s: check that backups are made, and that this cluster sees their storage location", errNone, s.wanted(), c.butSkipped())
}

// means reports whether the fields select a backup, good or not.
func (s *latestStep) means(b velerov1.Backup, selector labels.Selector) bool {
	return (s.Schedule == "" || b.Labels[velerov1.ScheduleNameLabel] == s.Schedule) &&
		(s.Namespace == "" || server.Covers(b.Spec, s.Namespace)) &&
		(s.StorageLocation == "" || b.Spec.StorageLocation == s.StorageLocation) &&
		selector.Matches(labels.Set(b.Labels))
}

// unfit says why a backup that is meant is not to be taken, "" when it is.
func (s *latestStep) unfit(b *velerov1.Backup) string {
	begun := server.Begun(*b)
	if server.OfBackup(b.Status.Phase) != server.Good {
		return badState(b)
	}
	if narrowed := server.Narrowed(b.Spec); narrowed != "" && !s.AllowNarrowed && s.Schedule == "" && s.Selector == "" {
		return narrowed
	}
	switch end := b.Status.CompletionTimestamp; {
	case !s.NotBefore.IsZero() && begun.Before(s.NotBefore):
		return fmt.Sprintf("it was begun at %s, before not_before", begun.UTC().Format(time.RFC3339))
	case !s.Before.IsZero() && (end.IsZero() || !end.Time.Before(s.Before)):
		return fmt.Sprintf("it was whole at %s, not before %s", stamp(end), s.Before.UTC().Format(time.RFC3339))
	}
	return ""
}

// badState is what is wrong with a backup that is not Completed.
func badState(b *velerov1.Backup) string {
	text := string(cmp.Or(b.Status.Phase, velerov1.BackupPhaseNew))
	switch {
	case b.Status.Phase == velerov1.BackupPhaseFailedValidation:
		return text + ": " + strings.Join(b.Status.ValidationErrors, "; ")
	case b.Status.FailureReason != "":
		return text + ": " + b.Status.FailureReason
	case b.Status.Errors > 0:
		return fmt.Sprintf("%s with %d errors", text, b.Status.Errors)
	}
	return text
}

// wanted says which backups were looked for.
func (s *latestStep) wanted() string {
	var parts []string
	for _, p := range [][2]string{{"of the namespace", s.Namespace}, {"of the schedule", s.Schedule}, {"with the labels", s.Selector}, {"in the storage location", s.StorageLocation}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "at all")
}

func (c *choice) point() time.Time { return server.Begun(*c.backup) }

// skipped are the backups begun later, as an output has them.
func (c *choice) skipped() []string { return append([]string{}, c.passed...) }

// butSkipped is skipped for the end of an error.
func (c *choice) butSkipped() string {
	if len(c.passed) == 0 {
		return ""
	}
	return " (passed over: " + few(c.passed) + ")"
}

func (c *choice) outputs(age time.Duration) steps.Outputs {
	b := c.backup
	items, total := counts(b)
	namespaces := append([]string{}, b.Spec.IncludedNamespaces...)
	if len(namespaces) == 0 {
		namespaces = []string{all}
	}
	point := c.point().UTC().Format(time.RFC3339Nano)
	return steps.Outputs{
		"backup": b.Name, "started_at": point, steps.OutRecoveryPoint: point, "completed_at": stamp(b.Status.CompletionTimestamp),
		"age_seconds": age.Seconds(), "items": items, "total_items": total, "warnings": b.Status.Warnings,
		"namespaces": namespaces, "schedule": b.Labels[velerov1.ScheduleNameLabel], "location": b.Spec.StorageLocation,
		steps.OutBackupRun: server.RunOf(b), "skipped": c.skipped(),
	}
}
