package multiregion

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
)

// region is a storage location of the test's own that can be lost: others use the
// lab's S3 server at the same time. Velero reaches it through a proxy that hangs
// up while the file lost exists.
type region struct {
	name string // of the BackupStorageLocation
	lost string // a file
}

func newRegion(t *testing.T, lab *labtest.Lab) region {
	r := region{name: labtest.Name("drplan-test"), lost: filepath.Join(t.TempDir(), "lost")}
	endpoint := r.proxy(t, lab.S3.Endpoint)
	velero := veleroClient(t, lab)
	t.Cleanup(func() {
		if err := os.RemoveAll(filepath.Join(lab.S3.DataDir, lab.S3.Bucket, r.name)); err != nil {
			t.Error(err)
		}
	})
	location := r.location(lab, endpoint)
	if err := velero.Create(t.Context(), location); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.drop(t, velero, location) })
	r.awaitAvailable(t, velero, location)
	return r
}

func (r region) location(lab *labtest.Lab, endpoint string) *velerov1.BackupStorageLocation {
	often := &metav1.Duration{Duration: time.Second}
	return &velerov1.BackupStorageLocation{
		ObjectMeta: metav1.ObjectMeta{Namespace: lab.Cluster.VeleroNamespace, Name: r.name},
		Spec: velerov1.BackupStorageLocationSpec{
			Provider:            "aws",
			Config:              map[string]string{"region": lab.S3.Region, "s3Url": endpoint, "s3ForcePathStyle": "true"},
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

// proxy listens where the cluster reaches it, and returns its URL.
func (r region) proxy(t *testing.T, endpoint string) string {
	server := strings.TrimPrefix(endpoint, "http://")
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed: the test is over
			}
			go r.forward(conn, server)
		}
	}()
	return "http://" + listener.Addr().String()
}

func (r region) forward(conn net.Conn, server string) {
	defer conn.Close()
	if r.isLost() {
		return
	}
	up, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer up.Close()
	go func() { // until either side hangs up
		io.Copy(conn, up)
		conn.Close()
	}()
	for buffer := make([]byte, 32<<10); ; {
		n, err := conn.Read(buffer)
		if n > 0 && !r.isLost() {
			_, err = up.Write(buffer[:n])
		}
		if err != nil || r.isLost() {
			return
		}
	}
}

func (r region) isLost() bool {
	_, err := os.Stat(r.lost)
	return err == nil
}
