package pvcorruption

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

var claimed = drilltest.Before("restore", `- step: Somebody makes the claim again
  command:
    script: |
      kubectl apply -n drill-volume -f - <<'CLAIM'
      apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: orders, labels: {app: shop}}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 16Mi}}}
      CLAIM`)

func TestFaultsFitPlan(t *testing.T) {
	drilltest.Edits{"the claim is there": claimed, "the helper is missing": impatient}.Fit(t, scenario)
}

// impatient need not wait for a restore as long as a cluster that is slow may.
var impatient = drilltest.Timeout("restore", "30s")

// TestClaimIsThere: somebody makes the claim again before Velero does, such as an
// operator. Velero would skip it, restore no data, and say Completed.
func TestClaimIsThere(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	d.Edit(claimed)
	r := d.Run()
	r.FailedAt(t, "restore", "PersistentVolumeClaim drill-volume/orders")
	if n := r.Step("restore").Attempts; n != 1 {
		t.Errorf("%d attempts at what only a person can decide, want 1", n)
	}
}

// TestHelperMissing: the image with which Velero holds a pod back until its volume
// is written cannot be had. Velero itself says nothing for hours.
func TestHelperMissing(t *testing.T) {
	labtest.NeedsAlone(t)
	d := drill(t)
	defer d.LeavesNothing()()
	image := &corev1.ConfigMap{Data: map[string]string{"image": "example.invalid/helper:1"}, ObjectMeta: metav1.ObjectMeta{
		Namespace: d.Lab.Cluster.VeleroNamespace, Name: labtest.Name("drplan-test"), Labels: map[string]string{"velero.io/plugin-config": "", "velero.io/pod-volume-restore": "RestoreItemAction"},
	}}
	if err := d.Lab.Cluster.Client(t).Create(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	d.Lab.Cluster.Drop(t, image)
	d.Edit(impatient)
	d.Run().FailedAt(t, "restore", "init container restore-wait (image example.invalid/helper:1): ")
}
