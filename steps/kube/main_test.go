package kube

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/stepstest"
)

type obj = map[string]any

// lab is the cluster that a test works on, with a namespace that its run made.
type lab struct {
	labtest.Kubernetes
	client.WithWatch
	in *steps.Run
	ns string
}

// onLab begins a test: the run is a drill's, in a cluster that is not marked for
// drills, so that the run may change only what it made.
func onLab(t *testing.T) *lab {
	t.Helper()
	kube := labtest.Cluster(t).Cluster
	in := stepstest.NewRun(t).Run
	in.RunID = labtest.Name("run")
	in.Cluster = clusterOf(kube)
	return &lab{kube, kube.Client(t), in, kube.Namespace(t, map[string]string{kubeclient.RunAnnotation: in.RunID})}
}

func clusterOf(kube labtest.Kubernetes) *steps.Cluster {
	return &steps.Cluster{Name: "lab", Context: kube.Context, Kubeconfig: kube.Kubeconfig}
}

// forDrills marks the cluster: a drill may change all of it.
func (l *lab) forDrills() *lab {
	l.in.Cluster.Drill, l.in.Cluster.UID = true, "pinned"
	return l
}

func (l *lab) run(t *testing.T, k steps.Kind, input obj) (steps.Outputs, error) {
	t.Helper()
	l.in.Dir = t.TempDir() // another step
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return stepstest.Decode(t, k, input).Run(ctx, l.in)
}

func (l *lab) must(t *testing.T, k steps.Kind, input obj) steps.Outputs {
	t.Helper()
	out, err := l.run(t, k, input)
	if err != nil {
		t.Fatalf("%s: %v", k.Type, err)
	}
	stepstest.CheckOutputs(t, k, out)
	return out
}

func (l *lab) refuse(t *testing.T, k steps.Kind, input obj, wants ...string) {
	t.Helper()
	_, err := l.run(t, k, input)
	for _, want := range wants {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", k.Type, err, want)
		}
	}
}

// within runs a step that must not be done before its deadline.
func (l *lab) within(t *testing.T, d time.Duration, k steps.Kind, input obj) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	l.in.Dir = t.TempDir()
	out, err := stepstest.Decode(t, k, input).Run(ctx, l.in)
	if err == nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%s: got %v, %v, want an error of its deadline", k.Type, out, err)
	}
	return err
}

// configMap is one in the test's namespace.
func (l *lab) configMap(t *testing.T, name string, change func(*corev1.ConfigMap)) *corev1.ConfigMap {
	t.Helper()
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: l.ns, Labels: map[string]string{"app": "shop"}}, Data: map[string]string{"a": "1"}}
	if change != nil {
		change(cm)
	}
	if err := l.Create(t.Context(), cm); err != nil {
		t.Fatal(err)
	}
	return cm
}

func (l *lab) there(t *testing.T, o client.Object) bool {
	t.Helper()
	err := l.Get(t.Context(), client.ObjectKeyFromObject(o), o)
	if client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	}
	return !apierrors.IsNotFound(err)
}

// configMapUntil makes a ConfigMap as soon as the one before it is gone.
func (l *lab) configMapUntil(t *testing.T, name string) {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: l.ns}}
	for end := time.Now().Add(time.Minute); ; {
		err := l.Create(t.Context(), cm)
		if time.Now().After(end) {
			t.Error("the one before it does not go")
			return
		}
		if !apierrors.IsAlreadyExists(err) {
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
}

// freeAll takes the finalizers away, after the test.
func (l *lab) freeAll(o client.Object) {
	free := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
	_ = l.Patch(context.Background(), o, free) // it may be gone
}
