package completeclusterloss

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

const scenario = "complete_cluster_loss"

func TestMain(m *testing.M) { drilltest.Main(m, labtest.TakeDown) }

// drill is the example on a cluster that it may lose. The identities are those of
// this cluster and this machine: the plan in the folder is for nobody's.
func drill(t *testing.T) (*drilltest.Drill, *labtest.Lab) {
	lab := labtest.PrivateVelero(t)
	lab.Repair(t) // a mutant leaves it as it fell
	key := newKey(t)
	kube := lab.Cluster
	d := drilltest.New(t, scenario)
	d.Edit(of(kube.Context, kube.Fingerprint(t), machineID(t)))
	d.Env = lab.Environ(t)
	d.Args = []string{
		"-p", "kubernetes=" + kube.KubernetesDir, "-p", "kubelet=" + kube.KubeletDir,
		"-p", "endpoint=" + lab.Etcd.Endpoints[0], "-p", "s3_url=" + lab.S3.Endpoint,
		"-p", "key=" + key.file, "-p", "recipient=" + key.recipient,
		"-p", "lost=" + strings.Join([]string{kube.KubernetesDir, kube.EtcdDataDir, kube.VolumesDir}, ","),
	}
	return d, lab
}

// of makes the plan that of one cluster and one machine.
func of(context, fingerprint, machineID string) drilltest.Edit {
	return func(t testing.TB, p drilltest.Plan) drilltest.Plan {
		return p.SwapAll(t, "kubernetes-admin@practice", context).
			Swap(t, strings.Repeat("0", 64), fingerprint).
			Swap(t, `"`+strings.Repeat("0", 32)+`"`, `"`+machineID+`"`)
	}
}

type key struct{ file, recipient string }

func newKey(t testing.TB) key {
	t.Helper()
	made, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	k := key{filepath.Join(t.TempDir(), "recovery.key"), made.Recipient().String()}
	if err := os.WriteFile(k.file, []byte(made.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

func machineID(t *testing.T) string {
	t.Helper()
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(id))
}

// inventory is what the cluster and its buckets hold.
func inventory(t *testing.T, lab *labtest.Lab) []string {
	return slices.Concat(lab.Cluster.Inventory(t), lab.S3.Objects(t), lab.S3Secondary.Objects(t))
}

// TestDrill: the cluster, its Secrets and the bytes of its volumes come back, the
// RTO is measured, and nothing is left of the drill.
func TestDrill(t *testing.T) {
	d, lab := drill(t)
	before := inventory(t, lab)
	r := d.Run()
	r.Succeeded(t)
	r.OwnBackup(t)
	if after := inventory(t, lab); !slices.Equal(before, after) {
		t.Errorf("left behind: %v; missing: %v", labtest.Added(before, after), labtest.Added(after, before))
	}
}
