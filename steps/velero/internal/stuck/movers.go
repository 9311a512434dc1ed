package stuck

import (
	"context"
	"fmt"
	"slices"

	"github.com/dustin/go-humanize"
	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	velerov2 "github.com/vmware-tanzu/velero/pkg/apis/velero/v2alpha1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Movers are what writes the volumes of one restore.
type Movers struct {
	Files []velerov1.PodVolumeRestore
	Data  []velerov2.DataDownload
}

// Movers lists those of a restore.
func (w *Watcher) Movers(ctx context.Context, r *velerov1.Restore) (Movers, error) {
	of := []client.ListOption{client.InNamespace(w.Namespace), client.MatchingLabels{velerov1.RestoreUIDLabel: string(r.UID)}}
	var files velerov1.PodVolumeRestoreList
	if err := w.List(ctx, &files, of...); err != nil {
		return Movers{}, w.Explain(err)
	}
	var data velerov2.DataDownloadList
	if err := w.List(ctx, &data, of...); err != nil && !meta.IsNoMatchError(err) { // a Velero without data movement
		return Movers{}, w.Explain(err)
	}
	return Movers{files.Items, data.Items}, nil
}

// String is how far they are: "volumes 1 of 2, 12 MB of 40 MB"; "" without any.
func (m Movers) String() string {
	all := len(m.Files) + len(m.Data)
	if all == 0 {
		return ""
	}
	done := 0
	var bytes, total int64
	for _, v := range m.Files {
		bytes, total = bytes+v.Status.Progress.BytesDone, total+v.Status.Progress.TotalBytes
		if endedFiles(v.Status.Phase) {
			done++
		}
	}
	for _, d := range m.Data {
		bytes, total = bytes+d.Status.Progress.BytesDone, total+d.Status.Progress.TotalBytes
		if endedData(d.Status.Phase) {
			done++
		}
	}
	text := fmt.Sprintf("volumes %d of %d", done, all)
	if total > 0 {
		text += fmt.Sprintf(", %s of %s", humanize.Bytes(uint64(max(bytes, 0))), humanize.Bytes(uint64(total)))
	}
	return text
}

// Stop asks those that are not done to give up, which ends the restore that
// waits for them.
func (w *Watcher) Stop(ctx context.Context, r *velerov1.Restore) error {
	m, err := w.Movers(ctx, r)
	if err != nil {
		return err
	}
	cancel := client.RawPatch("application/merge-patch+json", []byte(`{"spec": {"cancel": true}}`))
	if err := w.canCancel(ctx, m.Files); err != nil {
		return err
	}
	for i := range m.Files {
		if v := &m.Files[i]; !endedFiles(v.Status.Phase) && !v.Spec.Cancel {
			if err := client.IgnoreNotFound(w.Patch(ctx, v, cancel)); err != nil {
				return w.Explain(err)
			}
		}
	}
	for i := range m.Data {
		if d := &m.Data[i]; !endedData(d.Status.Phase) && !d.Spec.Cancel {
			if err := client.IgnoreNotFound(w.Patch(ctx, d, cancel)); err != nil {
				return w.Explain(err)
			}
		}
	}
	return nil
}

// canCancel holds that the server knows what it is to be asked: an older one would
// drop the word, and nothing would ever end.
func (w *Watcher) canCancel(ctx context.Context, files []velerov1.PodVolumeRestore) error {
	if !slices.ContainsFunc(files, func(v velerov1.PodVolumeRestore) bool { return !endedFiles(v.Status.Phase) }) {
		return nil
	}
	d, err := w.Deployment(ctx)
	if err != nil {
		return nil // there is none that could be too old
	}
	if err := server.TooOld(d, server.SinceCancelFiles, "call off volumes that it restores from files"); err != nil {
		return steps.Final(fmt.Errorf("%w; to end the restore now, restart it: kubectl -n %s rollout restart deployment/%s", err, d.Namespace, d.Name))
	}
	return nil
}

func endedFiles(p velerov1.PodVolumeRestorePhase) bool {
	return p == velerov1.PodVolumeRestorePhaseCompleted || p == velerov1.PodVolumeRestorePhaseFailed || p == velerov1.PodVolumeRestorePhaseCanceled
}

func endedData(p velerov2.DataDownloadPhase) bool {
	return p == velerov2.DataDownloadPhaseCompleted || p == velerov2.DataDownloadPhaseFailed || p == velerov2.DataDownloadPhaseCanceled
}
