package stuck

import (
	"testing"

	"github.com/vmware-tanzu/velero/pkg/apis/velero/shared"
	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
)

func TestMovers(t *testing.T) {
	volume := func(phase velerov1.PodVolumeRestorePhase, done, total int64) velerov1.PodVolumeRestore {
		return velerov1.PodVolumeRestore{Status: velerov1.PodVolumeRestoreStatus{Phase: phase, Progress: shared.DataMoveOperationProgress{BytesDone: done, TotalBytes: total}}}
	}
	m := Movers{Files: []velerov1.PodVolumeRestore{volume(velerov1.PodVolumeRestorePhaseCompleted, 5e6, 5e6), volume(velerov1.PodVolumeRestorePhaseInProgress, 1e6, 5e6)}}
	if got, want := m.String(), "volumes 1 of 2, 6.0 MB of 10 MB"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (Movers{}).String(); got != "" {
		t.Errorf("without volumes: %q", got)
	}
}
