package velero

import (
	"context"
	"fmt"
	"strings"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// syncWait waits until Velero has looked into storage locations, after which the
// cluster knows all backups in them.
type syncWait struct {
	*server.Server
	in    *steps.Run
	only  string    // a location's name; "" is all of them
	after time.Time // an earlier sync is not enough
}

// wait returns when every location was synced, with again once more than now.
// The times are the server's own and are compared only with each other: its
// clock may be ahead of this machine's.
func (w syncWait) wait(ctx context.Context, again bool) error {
	var list velerov1.BackupStorageLocationList
	var before map[string]time.Time
	pending := ""
	err := w.Await(ctx, &list, func() (bool, error) {
		meant := w.meant(list.Items)
		if len(meant) == 0 && w.only != "" {
			return false, w.none(list.Items)
		}
		if before == nil {
			before = w.notEnough(meant, again)
		}
		pending = w.pending(meant, before)
		if pending != "" {
			w.in.Progress(pending)
		}
		return pending == "", nil
	}, client.InNamespace(w.Namespace))
	if err != nil && ctx.Err() != nil && pending != "" {
		return fmt.Errorf("%w: %s", err, pending)
	}
	return w.Absent(err)
}

func (w syncWait) none(all []velerov1.BackupStorageLocation) error {
	return fmt.Errorf("%w %s in the namespace %s: there are %v", server.ErrNoLocation, w.only, w.Namespace, server.Names(all))
}

func (w syncWait) meant(all []velerov1.BackupStorageLocation) []velerov1.BackupStorageLocation {
	var meant []velerov1.BackupStorageLocation
	for _, l := range all {
		if w.only == "" || l.Name == w.only {
			meant = append(meant, l)
		}
	}
	return meant
}

// notEnough is, of each location, the time after which a sync must have been: the
// one that the plan gives, with again also that of the last sync.
func (w syncWait) notEnough(all []velerov1.BackupStorageLocation, again bool) map[string]time.Time {
	before := map[string]time.Time{}
	for _, l := range all {
		before[l.Name] = w.after
		if last := l.Status.LastSyncedTime; again && last != nil && last.After(w.after) {
			before[l.Name] = last.Time
		}
	}
	return before
}

// pending says what is still waited for, "" when nothing is.
func (w syncWait) pending(all []velerov1.BackupStorageLocation, before map[string]time.Time) string {
	var texts []string
	for i := range all {
		if l := &all[i]; !w.hopeless(l) && !syncedAfter(l, before[l.Name]) {
			text := "waiting for a sync of the storage location " + l.Name
			if err := server.Available(l); err != nil {
				text += ": " + err.Error()
			}
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}

// hopeless is a location that nobody asked for by name and that is down, or one
// that Velero is told never to look into.
func (w syncWait) hopeless(l *velerov1.BackupStorageLocation) bool {
	never := l.Spec.BackupSyncPeriod != nil && l.Spec.BackupSyncPeriod.Duration == 0
	down := l.Status.Phase == velerov1.BackupStorageLocationPhaseUnavailable
	return never || w.only == "" && down
}

func syncedAfter(l *velerov1.BackupStorageLocation, before time.Time) bool {
	return l.Status.LastSyncedTime != nil && l.Status.LastSyncedTime.Time.After(before)
}
