package velero

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/contents"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// judge says what a restore that has ended is worth.
func (r *restore) judge(ctx context.Context, o *velerov1.Restore) (steps.Outputs, error) {
	switch server.OfRestore(o.Status.Phase) {
	case server.Bad:
		r.keepLog(ctx)
		return nil, r.bad(o)
	case server.Partial:
		if err := r.partial(ctx, o); err != nil {
			return nil, err
		}
	}
	items, err := r.whatWasDone(ctx, o)
	if err != nil {
		return nil, err
	}
	return r.outputs(o, items), nil
}

// bad is the error of a restore that failed as a whole.
func (r *restore) bad(o *velerov1.Restore) error {
	why := o.Status.FailureReason
	if o.Status.Phase == velerov1.RestorePhaseFailedValidation {
		why = strings.Join(o.Status.ValidationErrors, "; ")
	}
	if strings.Contains(why, "during the server starting") {
		why += ": the Velero server was restarted while it worked on it"
	}
	return fmt.Errorf("the restore %s is %s: %s; another attempt deletes what it made and begins again", o.Name, o.Status.Phase, why)
}

// messagesShown is how many messages an error shows; all are in a file.
const messagesShown = 3

// partial is the error of a restore that failed in part, unless the plan leaves
// that to the verification.
func (r *restore) partial(ctx context.Context, o *velerov1.Restore) error {
	results, err := r.Results(ctx, velerov1.DownloadTargetKindRestoreResults, r.name, r.backup.Spec.StorageLocation, r.in.Dir)
	r.keepLog(ctx)
	text := fmt.Sprintf("the restore %s ended PartiallyFailed, with %d errors", r.name, o.Status.Errors)
	if err == nil {
		text += fmt.Sprintf(": %s (all of them in %s-results.json, and its log, in the step's folder)", results.Errors.First(messagesShown), r.name)
	} else {
		text += fmt.Sprintf(" (which cannot be read: %v)", err)
	}
	if r.AcceptPartial {
		r.in.Log.Warn(text + "; accepted, as the plan says")
		return nil
	}
	return errors.New(text)
}

// keepLog saves the restore's log; without it there is one thing less to read.
func (r *restore) keepLog(ctx context.Context) {
	path, err := r.Save(ctx, velerov1.DownloadTargetKindRestoreLog, r.name, r.backup.Spec.StorageLocation, r.in.Dir, "restore.log")
	if err != nil {
		r.in.Log.Warn("the restore's log could not be saved", "restore", r.name, "error", err.Error())
		return
	}
	r.in.Log.Info("the restore's log is saved", "file", path)
}

// whatWasDone reads what became of each object, and fails where Velero skipped
// what the plan wants restored, or where there was nothing to restore.
func (r *restore) whatWasDone(ctx context.Context, o *velerov1.Restore) ([]contents.Item, error) {
	var results server.Results
	var items []contents.Item
	var unread, unlisted error
	var wg sync.WaitGroup
	if o.Status.Warnings > 0 {
		wg.Go(func() {
			results, unread = r.Results(ctx, velerov1.DownloadTargetKindRestoreResults, r.name, r.backup.Spec.StorageLocation, r.in.Dir)
		})
	}
	wg.Go(func() { items, unlisted = r.list(ctx, velerov1.DownloadTargetKindRestoreResourceList, r.name) })
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err // what was read may be half of it
	}
	if unread != nil && r.Existing == "fail" {
		return nil, fmt.Errorf("the restore %s ended %s with %d warnings, which cannot be read: that objects existed and were skipped cannot be ruled out: %w", r.name, o.Status.Phase, o.Status.Warnings, unread)
	}
	if unlisted != nil {
		// Before it began, nothing of the backup was there.
		r.in.Log.Warn("what was restored cannot be listed", "restore", r.name, "error", unlisted.Error())
	}
	found := append(skippedByWarning(results.Warnings), skipped(items)...)
	if r.Existing == "fail" && len(found) > 0 {
		return nil, steps.Final(fmt.Errorf("%s, so Velero restored neither that nor its volumes, and calls the restore %s %s: delete it first, or say existing: keep or update", exist(found), r.name, o.Status.Phase))
	}
	return items, r.nothing(o, items, unlisted)
}

// nothing fails where nothing was restored: that is no success.
func (r *restore) nothing(o *velerov1.Restore, items []contents.Item, unlisted error) error {
	if o.Status.Progress == nil || o.Status.Progress.ItemsRestored == 0 {
		return steps.Final(fmt.Errorf("the restore %s ended %s and restored nothing: the backup %s has nothing of what was asked for", r.name, o.Status.Phase, r.FromBackup))
	}
	whole := r.Selector == "" && len(r.IncludeResources) == 0
	if unlisted != nil || !whole || !r.selection().Explicit() {
		return nil
	}
	for _, ns := range r.targets {
		if !slices.ContainsFunc(items, func(i contents.Item) bool { return i.Namespace == ns }) {
			return steps.Final(fmt.Errorf("the restore %s ended %s and restored nothing into the namespace %s: the backup %s does not have it", r.name, o.Status.Phase, ns, r.FromBackup))
		}
	}
	return nil
}

func (r *restore) outputs(o *velerov1.Restore, items []contents.Item) steps.Outputs {
	namespaces := contents.Selection{}.Targets(items)
	if items == nil {
		namespaces = r.targets
	}
	isolated, _ := r.isolates()
	policy := none
	if isolated {
		policy = denyAll
	}
	return steps.Outputs{
		"restore": r.name, "backup": r.FromBackup,
		steps.OutDataSource: r.DataSource, steps.OutRecoveryPoint: stamp(r.backup.Status.StartTimestamp), steps.OutBackupRun: server.RunOf(r.backup),
		"items": restored(o), "warnings": o.Status.Warnings, "errors": o.Status.Errors,
		steps.OutDegraded: server.OfRestore(o.Status.Phase) == server.Partial,
		"namespaces":      append([]string{}, namespaces...), "isolation": policy, "isolation_proof": r.proof, steps.OutUnproven: r.unproven(),
	}
}

func restored(o *velerov1.Restore) int {
	if o.Status.Progress == nil {
		return 0
	}
	return o.Status.Progress.ItemsRestored
}
