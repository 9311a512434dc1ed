package labtest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// clusterVar names the folder of a lab whose cluster tests may use.
const clusterVar = "DRPLAN_LAB_CLUSTER"

// Kubernetes is the lab's cluster: one node, with Velero and two S3 servers.
type Kubernetes struct {
	Kubeconfig      string `json:"kubeconfig"` // a file
	Context         string `json:"context"`
	APIServer       string `json:"api_server"`     // https://host:port
	KubernetesDir   string `json:"kubernetes_dir"` // kubeadm's /etc/kubernetes
	KubeletDir      string `json:"kubelet_dir"`
	VolumesDir      string `json:"volumes_dir"` // a folder for each persistent volume
	ManifestsDir    string `json:"manifests_dir"`
	EtcdDataDir     string `json:"etcd_data_dir"`
	AuditLog        string `json:"audit_log"` // one JSON object for each stage of a request
	NodeName        string `json:"node_name"`
	StorageClass    string `json:"storage_class"`
	VeleroNamespace string `json:"velero_namespace"`
}

// Image is the only image that tests' own pods can have: it holds sh, httpd, nc.
const Image = "busybox:1.35"

// Cluster returns the lab whose folder is in DRPLAN_LAB_CLUSTER, and skips the
// test without one. Others use it at the same time: work in a Namespace of the
// test's own, and leave nothing behind.
func Cluster(t testing.TB) *Lab {
	t.Helper()
	dir := os.Getenv(clusterVar)
	if dir == "" {
		t.Skip("no cluster: make test-lab runs this")
	}
	lab, err := read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if lab.Cluster.Kubeconfig == "" {
		t.Fatalf("the lab in %s has no cluster", dir)
	}
	return lab
}

// Client asks the cluster beside the code under test, as its administrator.
func (k Kubernetes) Client(t testing.TB) client.WithWatch {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", k.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	ctrllog.SetLogger(logr.Discard()) // it complains, with a stack, where it has none
	config.QPS = -1                   // tests do not wait for each other
	made, err := client.NewWithWatch(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// testPrefix begins the names of what tests make in a cluster that they share.
const testPrefix = "drplan-test"

// Name returns a name for an object that no other test has.
func Name(prefix string) string { return prefix + "-" + strings.ToLower(rand.Text()[:8]) }

// Namespace makes a namespace of the test's own, which is deleted with all that
// is in it when the test ends.
func (k Kubernetes) Namespace(t testing.TB, annotations map[string]string) string {
	t.Helper()
	name := Name(testPrefix)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: annotations}}
	if err := k.Client(t).Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	k.Drop(t, ns)
	return name
}

// Drop deletes an object, if it is there, when the test ends.
func (k Kubernetes) Drop(t testing.TB, object client.Object) {
	t.Helper()
	made := k.Client(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the test's own is over
		defer cancel()
		if err := client.IgnoreNotFound(made.Delete(ctx, object)); err != nil {
			t.Error(err)
		}
	})
}

// NeedsAlone skips a test that stops Velero for everybody or the like, unless DRPLAN_LAB_ALONE
// says that nobody else uses the cluster.
func NeedsAlone(t testing.TB) {
	t.Helper()
	if os.Getenv("DRPLAN_LAB_ALONE") == "" {
		t.Skip("it changes the cluster for everybody: set DRPLAN_LAB_ALONE=1 when nobody else uses it")
	}
}
