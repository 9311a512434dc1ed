package kubeclient

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// PodState is ready, being deleted, or the pod's phase with why it is neither:
// what a person would read off kubectl get and describe.
func PodState(pod *corev1.Pod) string {
	if pod.DeletionTimestamp != nil {
		return "being deleted"
	}
	if why := NotReady(pod); why != "" {
		return fmt.Sprintf("%s (%s)", pod.Status.Phase, why)
	}
	return "ready"
}

// NotReady is what keeps a pod from being ready, trouble or not; "" when it is.
func NotReady(pod *corev1.Pod) string {
	if PodIsReady(pod) {
		return ""
	}
	if why := Trouble(pod); why != "" {
		return why
	}
	for _, c := range containers(pod) {
		if why := c.at(); why != "" {
			return why
		}
	}
	return "not ready"
}

// PodIsReady reports whether a pod's own status says so.
func PodIsReady(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// Trouble is what a pod's own status says keeps it from running; "" when that is
// nothing, or only that it is on its way.
func Trouble(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return "the pod is not scheduled: " + c.Message
		}
	}
	for _, c := range containers(pod) {
		if why := c.trouble(); why != "" {
			return why
		}
	}
	return ""
}

// container is one of a pod's, in the order in which they start.
type container struct {
	kind string
	corev1.ContainerStatus
}

func containers(pod *corev1.Pod) (all []container) {
	for _, s := range pod.Status.InitContainerStatuses {
		all = append(all, container{"init container", s})
	}
	for _, s := range pod.Status.ContainerStatuses {
		all = append(all, container{"container", s})
	}
	return all
}

// onTheWay are the reasons of a container that merely waits its turn.
var onTheWay = []string{"PodInitializing", "ContainerCreating"}

func (c container) trouble() string {
	if wait := c.State.Waiting; wait != nil && !slices.Contains(onTheWay, wait.Reason) && wait.Reason != "" {
		text := fmt.Sprintf("%s %s (image %s): %s", c.kind, c.Name, c.Image, wait.Reason)
		if wait.Message != "" {
			text += ": " + Brief(wait.Message)
		}
		return text + ended(c.LastTerminationState.Terminated)
	}
	if t := c.State.Terminated; t != nil && t.ExitCode != 0 {
		return fmt.Sprintf("%s %s (image %s) ended", c.kind, c.Name, c.Image) + ended(t)
	}
	return ""
}

// at is what a container is at that is in no trouble and not ready.
func (c container) at() string {
	switch wait := c.State.Waiting; {
	case c.Ready:
		return ""
	case wait != nil && wait.Reason != "":
		return fmt.Sprintf("%s %s (image %s): %s", c.kind, c.Name, c.Image, wait.Reason)
	case c.State.Running != nil:
		return fmt.Sprintf("%s %s runs and is not ready", c.kind, c.Name) + ended(c.LastTerminationState.Terminated)
	}
	return ""
}

// ended says how a container's process ended, if it has.
func ended(t *corev1.ContainerStateTerminated) string {
	if t == nil {
		return ""
	}
	text := fmt.Sprintf("; exit code %d, %s", t.ExitCode, t.Reason)
	if t.Message != "" {
		text += ": " + strings.TrimSpace(t.Message)
	}
	return text
}

// maxMessage is how much of one message is shown, in bytes: those of a failed
// pull repeat themselves.
const maxMessage = 200

// Brief is a message on one line, cut where it goes on for too long.
func Brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}
