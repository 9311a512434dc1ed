package kubeclient

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

var (
	crashed  = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 128, Reason: "StartError", Message: "no such file\n"}}
	running  = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	readyNow = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
)

func TestNotReady(t *testing.T) {
	const notScheduled = "the pod is not scheduled: 0/1 nodes are available"
	for _, tt := range []struct {
		name, trouble, notReady string
		status                  corev1.PodStatus
	}{
		{"ready", "", "", corev1.PodStatus{Conditions: readyNow}},
		{"on its way", "", "init container restore-wait (image velero:1): PodInitializing", corev1.PodStatus{
			InitContainerStatuses: []corev1.ContainerStatus{{Name: "restore-wait", Image: "velero:1", State: waiting("PodInitializing", "")}}, ContainerStatuses: []corev1.ContainerStatus{{State: waiting("ContainerCreating", "")}}}},
		{"no node", notScheduled, notScheduled, corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/1 nodes are available"}}}},
		{"the helper crashes", "init container restore-wait (image velero:1): CrashLoopBackOff: back-off 10s; exit code 128, StartError: no such file", "same", corev1.PodStatus{
			InitContainerStatuses: []corev1.ContainerStatus{{Name: "restore-wait", Image: "velero:1", State: waiting("CrashLoopBackOff", "back-off 10s"), LastTerminationState: crashed}},
		}},
		{"the image is missing", "container web (image shop:1): ImagePullBackOff", "same", corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "web", Image: "shop:1", State: waiting("ImagePullBackOff", "")}}}},
		{"it ended", "container web (image shop:1) ended; exit code 128, StartError: no such file", "same", corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "web", Image: "shop:1", State: crashed}}}},
		{"it runs again", "", "container web runs and is not ready; exit code 128, StartError: no such file", corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "web", State: running, LastTerminationState: crashed}}}},
		{"its sidecar is not ready", "", "container sidecar runs and is not ready", corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "web", State: running, Ready: true}, {Name: "sidecar", State: running}}}},
		{"nobody has seen it", "", "not ready", corev1.PodStatus{}},
	} {
		if tt.notReady == "same" {
			tt.notReady = tt.trouble
		}
		pod := &corev1.Pod{Status: tt.status}
		if got := Trouble(pod); got != tt.trouble {
			t.Errorf("%s: trouble\ngot  %q\nwant %q", tt.name, got, tt.trouble)
		}
		if got := NotReady(pod); got != tt.notReady {
			t.Errorf("%s: not ready\ngot  %q\nwant %q", tt.name, got, tt.notReady)
		}
	}
}

func TestPodState(t *testing.T) {
	for want, pod := range map[string]*corev1.Pod{
		"ready":               {Status: corev1.PodStatus{Conditions: readyNow}},
		"being deleted":       {ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{}}, Status: corev1.PodStatus{Conditions: readyNow}},
		"Pending (not ready)": {Status: corev1.PodStatus{Phase: corev1.PodPending}},
	} {
		if got := PodState(pod); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
