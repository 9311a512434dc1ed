package kube

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/stepstest"
)

const hold = "drplan.dev/test-hold"

// held is a ConfigMap with a finalizer that nobody takes away before the test ends.
func (l *lab) held(t *testing.T, name string) *corev1.ConfigMap {
	t.Helper()
	cm := l.configMap(t, name, func(cm *corev1.ConfigMap) { cm.Finalizers = []string{hold} })
	t.Cleanup(func() { l.freeAll(cm) })
	return cm
}

func (l *lab) release(t *testing.T, cm *corev1.ConfigMap) {
	free := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
	if err := client.IgnoreNotFound(l.Patch(t.Context(), cm, free)); err != nil && t.Context().Err() == nil {
		t.Error(err)
	}
}

func TestDeleteConforms(t *testing.T) {
	l := onLab(t)
	conform := func(name string, finalizers ...string) func(t *testing.T) any {
		return func(t *testing.T) any {
			ns := l.fresh(t)
			cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: ns, Finalizers: finalizers}}
			if err := l.Create(t.Context(), cm); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.freeAll(cm) })
			return obj{"kind": "ConfigMap", "name": name, "namespace": ns}
		}
	}
	stepstest.Conform(t, onKubeconfig(t, Delete()), stepstest.Case{Input: conform("quick"), Slow: conform("slow", hold)})
}

func TestDeleteByNameSelectorAndManifest(t *testing.T) {
	l := onLab(t)
	one, two := l.configMap(t, "one", nil), l.configMap(t, "two", nil)
	other := l.configMap(t, "other", func(cm *corev1.ConfigMap) { cm.Labels = nil })
	out := l.must(t, Delete(), obj{"kind": "configmaps", "name": "one", "namespace": l.ns})
	if out["deleted"] != 1 || l.there(t, one) || !l.there(t, two) {
		t.Errorf("by name: %v", out)
	}
	out = l.must(t, Delete(), obj{"kind": "cm", "selector": "app=shop", "namespace": l.ns})
	if want := []string{"ConfigMap " + l.ns + "/two"}; !slices.Equal(out["objects"].([]string), want) || l.there(t, two) || !l.there(t, other) {
		t.Errorf("by selector: %v", out)
	}
	l.must(t, Delete(), obj{"inline": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n", "namespace": l.ns})
	if l.there(t, other) {
		t.Error("by manifest: it is still there")
	}
	if out := l.must(t, Delete(), obj{"kind": "ConfigMap", "name": "one", "namespace": l.ns}); out["deleted"] != 0 {
		t.Errorf("absent: %v", out)
	}
	l.must(t, Delete(), obj{"kind": "gizmos.example.com", "name": "one", "namespace": l.ns})
	l.refuse(t, Delete(), obj{"kind": "ConfigMap", "name": "one", "namespace": l.ns, "must_exist": true}, "nothing to delete", "ConfigMap one in "+l.ns+" is not there")
	l.refuse(t, Delete(), obj{"kind": "ConfigMap", "name": "one"}, "in which namespace")
}

// TestDeleteKnowsWhatItsFormerAttemptDeleted, though nothing is there any more.
func TestDeleteKnowsWhatItsFormerAttemptDeleted(t *testing.T) {
	l := onLab(t)
	l.configMap(t, "one", nil)
	step := stepstest.Decode(t, Delete(), obj{"kind": "ConfigMap", "name": "one", "namespace": l.ns, "must_exist": true})
	for range 2 {
		if out, err := step.Run(t.Context(), l.in); err != nil || out["deleted"] != 1 {
			t.Errorf("got %v, %v", out, err)
		}
	}
}

// TestDeleteAsksOnce: a second attempt waits for what the first one has asked for, by
// the API server's audit log.
func TestDeleteAsksOnce(t *testing.T) {
	l := onLab(t)
	l.held(t, "going")
	user := l.Actor(t, labtest.Administrators)
	l.in.Cluster.Kubeconfig = user.Kubeconfig
	step := stepstest.Decode(t, Delete(), obj{"kind": "ConfigMap", "name": "going", "namespace": l.ns})
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := step.Run(ctx, l.in); err == nil {
			t.Fatal("it went, though it is held")
		}
	}
	if got := user.Count(t, "delete configmaps"); got != 1 {
		t.Errorf("its deletion was asked for %d times, want once", got)
	}
}

// TestDeleteNamesTheHolder of an object, and of one inside a namespace.
func TestDeleteNamesTheHolder(t *testing.T) {
	l := onLab(t)
	cm := l.held(t, "stuck")
	err := l.within(t, time.Second, Delete(), obj{"kind": "ConfigMap", "name": "stuck", "namespace": l.ns})
	for _, want := range []string{"ConfigMap " + l.ns + "/stuck", "the finalizer " + hold + " holds it", "set by kube.test"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	err = l.within(t, 4*time.Second, Delete(), obj{"kind": "Namespace", "name": l.ns})
	for _, want := range []string{"Namespace " + l.ns, "ConfigMap " + l.ns + "/stuck: the finalizer " + hold + " holds it, set by kube.test"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	l.release(t, cm)
	l.must(t, Delete(), obj{"kind": "Namespace", "name": l.ns})
}

// TestDeleteWaitsByWatch: it ends soon after the last finalizer went.
func TestDeleteWaitsByWatch(t *testing.T) {
	l := onLab(t)
	cm := l.held(t, "slow")
	r := stepstest.NewRun(t)
	l.in.Progress = func(msg string) {
		r.Progress(msg)
		if strings.Contains(msg, "slow") {
			l.release(t, cm)
		}
	}
	begun := time.Now()
	l.must(t, Delete(), obj{"kind": "ConfigMap", "name": "slow", "namespace": l.ns})
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	if !strings.Contains(r.Reported.String(), "0 of 1 are gone") {
		t.Errorf("reported %q", r.Reported)
	}
}

// TestDeleteIsNotFooledByANamesake: what was deleted is gone, whoever has its name.
func TestDeleteIsNotFooledByANamesake(t *testing.T) {
	l := onLab(t)
	cm := l.held(t, "twin")
	l.in.Progress = func(string) {
		l.release(t, cm)
		l.configMapUntil(t, "twin")
	}
	l.must(t, Delete(), obj{"kind": "ConfigMap", "name": "twin", "namespace": l.ns})
	if !l.there(t, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "twin", Namespace: l.ns}}) {
		t.Error("the namesake was deleted too")
	}
}

// TestVolumesThatOutliveTheirNamespace are reported, or waited for in vain.
func TestVolumesThatOutliveTheirNamespace(t *testing.T) {
	l := onLab(t).forDrills()
	ns := l.Kubernetes.Namespace(t, nil)
	kept := l.keptVolume(t, ns)
	out := l.must(t, Delete(), obj{"kind": "Namespace", "name": ns})
	if !slices.Equal(out["orphans"].([]string), []string{kept}) {
		t.Errorf("orphans %v, want %s", out["orphans"], kept)
	}
	ns = l.Kubernetes.Namespace(t, nil)
	kept = l.keptVolume(t, ns)
	err := l.within(t, 12*time.Second, Delete(), obj{"kind": "Namespace", "name": ns, "orphans": "fail"})
	if !strings.Contains(err.Error(), "outlive") || !strings.Contains(err.Error(), kept) {
		t.Errorf("got %v", err)
	}
}

// keptVolume is a volume that stays when its claim goes.
func (l *lab) keptVolume(t *testing.T, namespace string) string {
	t.Helper()
	pv := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: labtest.Name("drplan-test")},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Mi")},
			AccessModes:                   []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/tmp"}},
			ClaimRef:                      &corev1.ObjectReference{Namespace: namespace, Name: "data"},
		},
	}
	if err := l.Create(t.Context(), pv); err != nil {
		t.Fatal(err)
	}
	l.Drop(t, pv)
	return pv.Name
}

func TestDeleteValidates(t *testing.T) {
	for name, input := range map[string]string{
		"nothing":       `{}`,
		"a whole kind":  `{"kind":"Pod","namespace":"x"}`,
		"no kind":       `{"name":"x"}`,
		"two ways":      `{"kind":"Pod","name":"x","selector":"a=b"}`,
		"bad selector":  `{"kind":"Pod","selector":"a=("}`,
		"bad reference": `{"objects":["Pod"]}`,
		"bad inline":    `{"inline":"kind: Pod"}`,
	} {
		if _, err := Delete().Decode([]byte(input)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
