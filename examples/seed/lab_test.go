package seed

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// drill is a scenario of the plan on a lab that it may break. A drill before it
// may have done so and not have mended it.
func drill(t *testing.T, name string) (*drilltest.Drill, *labtest.Lab) {
	t.Helper()
	lab := labtest.PrivateVelero(t)
	lab.Repair(t)
	d := drilltest.New(t, name)
	d.Edit(of(lab.Cluster.Fingerprint(t), machineID(t)))
	recovery, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	d.Env = append(lab.Environ(t),
		"KUBECONFIG="+operators(t, lab.Cluster),
		"OBJECTS="+filepath.Join(lab.S3.DataDir, lab.S3.Bucket),
		"DRPLAN_SECRET_RECOVERY_KEY="+recovery.String(),
		"DRPLAN_SECRET_VELERO_CREDENTIALS="+fmt.Sprintf("[default]\naws_access_key_id=%s\naws_secret_access_key=%s\n", lab.S3.AccessKey, lab.S3.SecretKey))
	d.Args = params(t, lab, name, recovery.Recipient().String())
	return d, lab
}

// of makes the plan that of one cluster and one machine.
func of(fingerprint, machineID string) drilltest.Edit {
	return drilltest.Swap(`ca_sha256: "`+strings.Repeat("0", 64), `ca_sha256: "`+fingerprint).
		And(drilltest.Swap(`machine_id: "`+strings.Repeat("0", 32), `machine_id: "`+machineID))
}

// params say where the lab has what kubeadm has elsewhere.
func params(t *testing.T, lab *labtest.Lab, name, recipient string) (args []string) {
	t.Helper()
	etcd := []string{"kubernetes=" + lab.Cluster.KubernetesDir, "endpoint=" + lab.Etcd.Endpoints[0], "data=" + lab.Cluster.EtcdDataDir,
		"backups=s3://" + lab.S3.Bucket + "/drill/"}
	given := map[string][]string{
		memberFailure: etcd,
		clusterLoss: append(etcd,
			"recipient="+recipient, "bucket="+lab.S3.Velero, "region="+lab.S3.Region,
			`lose=lab node destroy --dir "$LAB_DIR"`,
			`provision=lab up --stage machine --dir "$LAB_DIR"`,
			`start=for s in kubelet kube-proxy local-volumes network-policies; do lab member start $s --dir "$LAB_DIR"; done`),
	}
	for _, p := range given[name] {
		args = append(args, "--param", p)
	}
	return args
}

func machineID(t *testing.T) string {
	t.Helper()
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(id))
}

// operators is the kubeconfig of those who recover the cluster, which is not kept
// on it: its context has the plan's name.
func operators(t *testing.T, k labtest.Kubernetes) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(k.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.Contexts["practice"] = config.Contexts[k.Context]
	delete(config.Contexts, k.Context)
	config.CurrentContext = ""
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// inventory is the cluster's, the bucket's, and that of old data of etcd.
func inventory(t *testing.T, lab *labtest.Lab) []string {
	t.Helper()
	all := slices.Concat(lab.Cluster.Inventory(t), lab.S3.Objects(t))
	for _, old := range []string{lab.Cluster.EtcdDataDir + "/.lost-*", lab.Cluster.EtcdDataDir + ".*"} {
		found, err := filepath.Glob(old)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}
