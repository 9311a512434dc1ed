package velero

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// shownMessages is how many messages an error or output holds; the files have all.
const shownMessages = 5

// end makes outputs or an error of a backup that has ended.
func (m maker) end(ctx context.Context, b *velerov1.Backup) (steps.Outputs, error) {
	switch server.OfBackup(b.Status.Phase) {
	case server.Good:
		return m.outputs(ctx, b, server.Results{})
	case server.Partial:
		return m.endPartial(ctx, b)
	}
	return nil, m.failed(ctx, b)
}

func (m maker) endPartial(ctx context.Context, b *velerov1.Backup) (steps.Outputs, error) {
	results, saved := m.keep(ctx, b)
	if m.acceptPartial {
		m.in.Log.Warn("the backup failed in part and is accepted", "backup", b.Name, "errors", b.Status.Errors, "first", results.Errors.First(shownMessages))
		return m.outputs(ctx, b, results)
	}
	return nil, fmt.Errorf("backup %s failed in part, with %d errors: %s (accept_partial would take it)", b.Name, b.Status.Errors, m.told(results, saved))
}

// told is the first messages and where all are.
func (m maker) told(results server.Results, saved error) string {
	parts := []string{results.Errors.First(shownMessages)}
	if parts[0] == "" {
		parts[0] = "velero backup logs says more"
	}
	if saved != nil {
		parts = append(parts, "not all of it could be fetched: "+saved.Error())
	} else {
		parts = append(parts, "results and log are in "+m.in.Dir)
	}
	return strings.Join(parts, "; ")
}

// failed is the error of a backup that came to nothing.
func (m maker) failed(ctx context.Context, b *velerov1.Backup) error {
	switch b.Status.Phase {
	case velerov1.BackupPhaseFailedValidation:
		return refused(b)
	case velerov1.BackupPhaseDeleting:
		return steps.Final(fmt.Errorf("the backup %s is being deleted", b.Name))
	}
	reason := b.Status.FailureReason
	if reason == "" {
		reason = "Velero gives no reason: did its server restart?"
	}
	results, saved := m.keep(ctx, b)
	if errors.Is(saved, server.ErrNoFile) {
		return fmt.Errorf("backup %s failed: %s", b.Name, reason)
	}
	return fmt.Errorf("backup %s failed: %s; %s", b.Name, reason, m.told(results, saved))
}

// refused is final, unless it is for a storage location that may come back.
func refused(b *velerov1.Backup) error {
	why := strings.Join(b.Status.ValidationErrors, "; ")
	err := fmt.Errorf("backup %s is refused by Velero: %s", b.Name, why)
	if strings.Contains(why, string(velerov1.BackupStorageLocationPhaseUnavailable)) {
		return err
	}
	return steps.Final(err)
}

// keepTime bounds the fetching of results and log: they are worth a wait, and
// not worth the recovery.
const keepTime = time.Minute

// keep saves a backup's results and log in the run's folder.
func (m maker) keep(ctx context.Context, b *velerov1.Backup) (server.Results, error) {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	results, err := m.Results(ctx, velerov1.DownloadTargetKindBackupResults, b.Name, b.Spec.StorageLocation, m.in.Dir)
	_, logErr := m.Save(ctx, velerov1.DownloadTargetKindBackupLog, b.Name, b.Spec.StorageLocation, m.in.Dir, "velero.log")
	return results, errors.Join(err, logErr)
}

// outputs of a backup that is taken.
func (m maker) outputs(ctx context.Context, b *velerov1.Backup, results server.Results) (steps.Outputs, error) {
	all, err := m.PodVolumeBackups(ctx, b.Name)
	if err != nil {
		return nil, err
	}
	volumes := server.CountVolumes(all)
	messages := results.Errors.All()
	items, total := counts(b)
	return steps.Outputs{
		"backup": b.Name, "phase": string(b.Status.Phase), "started_at": stamp(b.Status.StartTimestamp), "completed_at": stamp(b.Status.CompletionTimestamp),
		"items": items, "total_items": total, "errors": b.Status.Errors, "warnings": b.Status.Warnings,
		"messages": messages[:min(len(messages), shownMessages)],
		"volumes":  volumes.Done, "volume_bytes": volumes.Bytes, "location": b.Spec.StorageLocation,
	}, nil
}

func counts(b *velerov1.Backup) (items, total int) {
	if p := b.Status.Progress; p != nil {
		return p.ItemsBackedUp, p.TotalItems
	}
	return 0, 0
}

// stamp is a time as outputs carry it; "" when there is none.
func stamp(t *metav1.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
