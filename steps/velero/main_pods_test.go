package velero

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
)

// hooked runs a pod in whose container a backup first runs a script.
func (w *world) hooked(script string) {
	w.t.Helper()
	w.pod("hooked", map[string]string{
		"pre.hook.backup.velero.io/container": "main", "pre.hook.backup.velero.io/timeout": "30s", "pre.hook.backup.velero.io/on-error": "Fail",
		"pre.hook.backup.velero.io/command": `["/bin/sh","-c","` + script + `"]`,
	}, "sleep 1000")
}

// pod runs a pod with a volume at /data, and waits until it runs.
func (w *world) pod(name string, annotations map[string]string, script string) {
	w.t.Helper()
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name, Annotations: annotations},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: new(int64(0)),
			Volumes:                       []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
			Containers: []corev1.Container{{
				Name: "main", Image: labtest.Image, Command: []string{"sh", "-c", script},
				VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}},
		},
	}
	w.must(w.Create(w.t.Context(), p))
	var list corev1.PodList
	w.must(w.Await(w.t.Context(), &list, func() (bool, error) {
		return len(list.Items) == 1 && list.Items[0].Status.Phase == corev1.PodRunning, nil
	}, client.InNamespace(w.namespace), client.MatchingFields{"metadata.name": name}))
}
