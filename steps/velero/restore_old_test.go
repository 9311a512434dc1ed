package velero

import (
	"testing"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestRestoreWithOldVelero: what an older server cannot do is refused where the step
// needs it, and only there. Nobody runs that server: the version is all it has.
func TestRestoreWithOldVelero(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		version        string
		isolates, ends bool
	}{{"v1.12.4", false, false}, {"v1.16.2", true, false}, {"v1.17.0", true, true}, {"main", true, true}} {
		t.Run(c.version, func(t *testing.T) {
			ns := w.lab.Cluster.Namespace(t, nil)
			w.must(w.Create(t.Context(), oldServer(ns, c.version)))
			step := stepstest.Decode(t, Restore(), map[string]any{
				"from_backup": "any", "velero_namespace": ns, "include_namespaces": []string{"a"}, "isolation": map[string]any{"policy": denyAll},
			}).(*restoreStep)
			r, err := step.open(w.run("restore"))
			w.must(err)
			r.backup = new(velerov1.Backup)
			refusal := (&preflight{restore: r}).checkIsolation(t.Context()).Err
			if (refusal == nil) != c.isolates || refusal != nil && lacks(refusal, c.version, "1.13.0 or newer") != nil {
				t.Errorf("the isolation is judged %v", refusal)
			}
			r.Isolation = &isolation{Policy: none, Reason: "nothing acts"}
			if check := (&preflight{restore: r}).checkIsolation(t.Context()); check.Err != nil {
				t.Errorf("without isolation: %v", check.Err)
			}
			going := r.files(t, w)
			err = r.watcher().Stop(t.Context(), going)
			if (err == nil) != c.ends || err != nil && (lacks(err, c.version, "1.17.0 or newer", "rollout restart deployment/velero") != nil || !steps.IsFinal(err)) {
				t.Errorf("to stop it is judged %v", err)
			}
		})
	}
}

func oldServer(ns, version string) *appsv1.Deployment {
	app := map[string]string{"app": "velero"}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "velero"}, Spec: appsv1.DeploymentSpec{
		Replicas: new(int32(0)), Selector: &metav1.LabelSelector{MatchLabels: app},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: app}, Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "velero", Image: "velero/velero:" + version, Command: []string{"/velero"}, Args: []string{"server"}}},
		}},
	}}
}

// files makes a volume that is being written from files, and gives the restore that
// it is of.
func (r *restore) files(t *testing.T, w *world) *velerov1.Restore {
	o := &velerov1.Restore{ObjectMeta: metav1.ObjectMeta{Name: "going", UID: types.UID(r.Namespace)}}
	v := &velerov1.PodVolumeRestore{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: "going", Labels: map[string]string{velerov1.RestoreUIDLabel: string(o.UID)}}}
	w.must(w.Create(t.Context(), v))
	return o
}
