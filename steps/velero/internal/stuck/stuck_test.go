package stuck

import (
	"testing"

	"github.com/vmware-tanzu/velero/pkg/apis/velero/shared"
	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
)

func TestTrouble(t *testing.T) {
	waiting := func(reason, message string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	}
	crashed := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 128, Reason: "StartError", Message: "no such file\n"}}
	for _, tt := range []struct {
		name, want string
		status     corev1.PodStatus
	}{
		{"on its way", "", corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{{State: waiting("PodInitializing", "")}}, ContainerStatuses: []corev1.ContainerStatus{{State: waiting("ContainerCreating", "")}}}},
		{"no node", "the pod is not scheduled: 0/1 nodes are available", corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/1 nodes are available"}}}},
		{"the helper crashes", "init container restore-wait (image velero:1): CrashLoopBackOff: back-off 10s; exit code 128, StartError: no such file", corev1.PodStatus{
			InitContainerStatuses: []corev1.ContainerStatus{{Name: "restore-wait", Image: "velero:1", State: waiting("CrashLoopBackOff", "back-off 10s"), LastTerminationState: crashed}},
		}},
		{"the image is missing", "container web (image shop:1): ImagePullBackOff", corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "web", Image: "shop:1", State: waiting("ImagePullBackOff", "")}}}},
		{"it ended", "container web (image shop:1) ended; exit code 128, StartError: no such file", corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "web", Image: "shop:1", State: crashed}}}},
	} {
		if got := Trouble(&corev1.Pod{Status: tt.status}); got != tt.want {
			t.Errorf("%s\ngot  %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

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
