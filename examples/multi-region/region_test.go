package multiregion

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
)

// region is a storage location of the test's own that can be lost: Velero reaches
// the lab's S3 server through a gate.
type region struct {
	name string // of the BackupStorageLocation
	gate *labtest.Gate
}

func newRegion(t *testing.T, lab *labtest.Lab) region {
	r := region{name: labtest.Name("drplan-test"), gate: labtest.NewGate(t, lab.S3.Endpoint)}
	velero := veleroClient(t, lab)
	t.Cleanup(func() {
		if err := os.RemoveAll(filepath.Join(lab.S3.DataDir, lab.S3.Bucket, r.name)); err != nil {
			t.Error(err)
		}
	})
	location := r.location(lab)
	if err := velero.Create(t.Context(), location); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.drop(t, velero, location) })
	r.awaitAvailable(t, velero, location)
	return r
}

func (r region) location(lab *labtest.Lab) *velerov1.BackupStorageLocation {
	often := &metav1.Duration{Duration: 3 * time.Second}
	return &velerov1.BackupStorageLocation{
		ObjectMeta: metav1.ObjectMeta{Namespace: lab.Cluster.VeleroNamespace, Name: r.name},
		Spec: velerov1.BackupStorageLocationSpec{
			Provider:            "aws",
			Config:              map[string]string{"region": lab.S3.Region, "s3Url": r.gate.URL, "s3ForcePathStyle": "true"},
			Credential:          &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "cloud-credentials"}, Key: "cloud"},
			StorageType:         velerov1.StorageType{ObjectStorage: &velerov1.ObjectStorageLocation{Bucket: lab.S3.Bucket, Prefix: r.name}},
			ValidationFrequency: often, BackupSyncPeriod: often,
		},
	}
}

// drop takes the location out of the cluster, and with it what Velero keeps of
// the drill's namespace there.
func (r region) drop(t *testing.T, velero client.WithWatch, location *velerov1.BackupStorageLocation) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the test's own is over
	defer cancel()
	err := velero.Delete(ctx, location)
	repositories := &velerov1.BackupRepositoryList{}
	err = errors.Join(err, velero.List(ctx, repositories, client.InNamespace(location.Namespace)))
	for i := range repositories.Items {
		if repositories.Items[i].Spec.BackupStorageLocation == r.name {
			err = errors.Join(err, client.IgnoreNotFound(velero.Delete(ctx, &repositories.Items[i])))
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func (r region) awaitAvailable(t *testing.T, velero client.Client, location *velerov1.BackupStorageLocation) {
	for end := time.Now().Add(time.Minute); location.Status.Phase != velerov1.BackupStorageLocationPhaseAvailable; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the location is %s: %s", location.Status.Phase, location.Status.Message)
		}
		if err := velero.Get(t.Context(), client.ObjectKeyFromObject(location), location); err != nil {
			t.Fatal(err)
		}
	}
}

func veleroClient(t *testing.T, lab *labtest.Lab) client.WithWatch {
	asked := lab.Cluster.Client(t)
	if err := velerov1.AddToScheme(asked.Scheme()); err != nil {
		t.Fatal(err)
	}
	return asked
}
