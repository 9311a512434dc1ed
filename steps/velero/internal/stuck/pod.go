package stuck

import (
	"context"
	"fmt"
	"slices"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// files says why a volume's files are not written.
func (w *Watcher) files(ctx context.Context, v *velerov1.PodVolumeRestore) string {
	at := v.Spec.Pod
	text := fmt.Sprintf("the PodVolumeRestore %s of the volume %s of the pod %s/%s is %s", v.Name, v.Spec.Volume, at.Namespace, at.Name, orNew(string(v.Status.Phase)))
	if v.Status.Message != "" {
		text += ": " + v.Status.Message
	}
	var pod corev1.Pod
	switch err := w.Get(ctx, client.ObjectKey{Namespace: at.Namespace, Name: at.Name}, &pod); {
	case apierrors.IsNotFound(err):
		return text + ": the pod is gone"
	case err != nil:
		return text
	}
	why := w.pod(ctx, &pod)
	if why == "" && pod.Spec.NodeName != "" {
		why = w.agent(ctx, pod.Spec.NodeName)
	}
	if why != "" {
		text += ": " + why
	}
	return text
}

// pod says why a pod does not come up, with the claims it waits for and the last
// warning about it.
func (w *Watcher) pod(ctx context.Context, pod *corev1.Pod) string {
	why := kubeclient.Trouble(pod)
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim == nil {
			continue
		}
		if c := w.claim(ctx, pod.Namespace, v.PersistentVolumeClaim.ClaimName); c != "" {
			why = join(why, c)
		}
	}
	if why == "" && pod.Status.Phase != corev1.PodPending {
		return ""
	}
	return join(why, w.warning(ctx, pod.Namespace, "Pod", pod.Name))
}

// claim says why a PersistentVolumeClaim is not bound.
func (w *Watcher) claim(ctx context.Context, namespace, name string) string {
	var c corev1.PersistentVolumeClaim
	switch err := w.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &c); {
	case apierrors.IsNotFound(err):
		return fmt.Sprintf("there is no PersistentVolumeClaim %s", name)
	case err != nil || c.Status.Phase == corev1.ClaimBound:
		return ""
	}
	class := "the default class"
	if c.Spec.StorageClassName != nil && *c.Spec.StorageClassName != "" {
		class = "class " + *c.Spec.StorageClassName
	}
	return join(fmt.Sprintf("the PersistentVolumeClaim %s (%s) is %s", name, class, c.Status.Phase), w.warning(ctx, namespace, "PersistentVolumeClaim", name))
}

// warning is the newest warning event about an object.
func (w *Watcher) warning(ctx context.Context, namespace, kind, name string) string {
	var events corev1.EventList
	err := w.List(ctx, &events, client.InNamespace(namespace), client.MatchingFields{"involvedObject.kind": kind, "involvedObject.name": name})
	if err != nil {
		return ""
	}
	var last *corev1.Event
	for i := range events.Items {
		e := &events.Items[i]
		if e.Type == corev1.EventTypeWarning && (last == nil || e.LastTimestamp.After(last.LastTimestamp.Time)) {
			last = e
		}
	}
	if last == nil {
		return ""
	}
	return last.Reason + ": " + kubeclient.Brief(last.Message)
}

// agent says whether the node has one that moves bytes.
func (w *Watcher) agent(ctx context.Context, node string) string {
	var pods corev1.PodList
	if err := w.List(ctx, &pods, client.InNamespace(w.Namespace), client.MatchingFields{"spec.nodeName": node}); err != nil {
		return ""
	}
	for i := range pods.Items {
		if p := &pods.Items[i]; isAgent(p) {
			if kubeclient.PodIsReady(p) {
				return ""
			}
			return join(fmt.Sprintf("the node agent %s on the node %s is not ready", p.Name, node), w.pod(ctx, p))
		}
	}
	return fmt.Sprintf("no node agent runs on the node %s", node)
}

// agents says whether all nodes have one.
func (w *Watcher) agents(ctx context.Context) string {
	if c := w.CheckNodeAgent(ctx); c.Err != nil {
		return c.Err.Error()
	}
	return ""
}

func isAgent(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.OwnerReferences, func(o metav1.OwnerReference) bool { return o.Kind == "DaemonSet" && o.Name == server.NodeAgent })
}

func join(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), "; ")
}
