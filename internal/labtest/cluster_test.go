package labtest

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestClusterServes(t *testing.T) {
	kube := Cluster(t).Cluster
	var ns corev1.Namespace
	var key client.ObjectKey
	t.Run("namespace", func(t *testing.T) {
		key.Name = kube.Namespace(t, map[string]string{"drplan.dev/test": "yes"})
		if err := kube.Client(t).Get(t.Context(), key, &ns); err != nil || ns.Annotations["drplan.dev/test"] != "yes" {
			t.Errorf("got %v, %v", ns.Annotations, err)
		}
	})
	err := kube.Client(t).Get(t.Context(), key, &ns)
	if !apierrors.IsNotFound(err) && ns.DeletionTimestamp == nil {
		t.Errorf("the namespace is still there: %v", err)
	}
}
