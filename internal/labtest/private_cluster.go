package labtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// breakableVar names the folder of a lab with a cluster that tests may break and
// leave to be broken again, in place of one that is brought up for them.
const breakableVar = "DRPLAN_LAB_BREAKABLE"

// ownCluster is a lab of the package's own, which TakeDown takes down.
type ownCluster struct {
	sync.Mutex
	dir string
	lab *Lab
	err error
}

var breakable, standby ownCluster

// PrivateCluster is a lab with a cluster of the package's own, without Velero,
// which its tests may break one after the other: whoever does repairs it. It is
// started at the first call, in about a minute and with 1.5 GiB, where Cluster is
// there too; else the test is skipped. A TestMain must call TakeDown, or be Main.
func PrivateCluster(t testing.TB) *Lab {
	t.Helper()
	return private(t, "kubernetes")
}

// PrivateVelero is PrivateCluster with Velero and two S3 servers of its own. A
// package uses one of the two.
func PrivateVelero(t testing.TB) *Lab {
	t.Helper()
	return private(t, "velero")
}

func private(t testing.TB, stage string) *Lab {
	t.Helper()
	if dir := os.Getenv(breakableVar); dir != "" {
		lab, err := read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return lab
	}
	if os.Getenv(clusterVar) == "" {
		t.Skip("no cluster: make test-lab runs this")
	}
	return breakable.up(t, "--stage", stage)
}

func (c *ownCluster) up(t testing.TB, args ...string) *Lab {
	t.Helper()
	c.Lock()
	defer c.Unlock()
	if c.lab == nil && c.err == nil {
		c.lab, c.err = c.make(args)
	}
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c.lab
}

func (c *ownCluster) make(args []string) (*Lab, error) {
	// Not below /tmp: a control plane's file names are long, and it may be small.
	dir, err := os.MkdirTemp("/var/tmp", "drplan-")
	if err != nil {
		return nil, err
	}
	c.dir = dir
	if err := run(append([]string{"up", "--dir", dir}, args...)...); err != nil {
		downErr := run("down", "--dir", dir)
		c.dir = ""
		return nil, errors.Join(err, downErr)
	}
	return read(dir)
}

func (c *ownCluster) down() error {
	if c.dir == "" {
		return nil
	}
	return run("down", "--dir", c.dir)
}

// Repair brings up again what a test has broken and left so; what is lost is made
// anew, with the node where its etcd has forgotten it: a kubelet registers itself
// once.
func (l *Lab) Repair(t testing.TB) {
	t.Helper()
	if l.forgotten(t) {
		if err := run("node", "destroy", "--dir", l.Dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := run("up", "--dir", l.Dir); err != nil {
		t.Fatal(err)
	}
}

// forgotten reports whether etcd knows nothing of the node, or nobody can ask it, for
// the keys to it are gone as well.
func (l *Lab) forgotten(t testing.TB) bool {
	t.Helper()
	if _, err := os.Stat(l.Cluster.Kubeconfig); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	err := l.Cluster.Client(t).Get(t.Context(), client.ObjectKey{Name: l.Cluster.NodeName}, new(corev1.Node))
	return apierrors.IsNotFound(err)
}

// Fingerprint is the SHA-256 fingerprint of the cluster's certificate authority,
// as ca_sha256 in a plan.
func (k Kubernetes) Fingerprint(t testing.TB) string {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", k.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(config.CAData)
	if block == nil {
		t.Fatalf("no certificate authority in %s", k.Kubeconfig)
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}
