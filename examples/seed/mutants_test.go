package seed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// mutants are those of each scenario.
var mutants = map[string]drilltest.Mutants{
	memberFailure: {
		"etcd is not wiped":              drilltest.Idle("wipe").FailsAt("gone", "still there"),
		"older backup restored":          laterCanary("canary", "wipe").FailsAt("canary_back", "an older backup was restored"),
		"canary not written":             unwritten("canary").FailsAt("canary_back", "no canary"),
		"one byte of the backup changed": drilltest.Before("wipe", drilltest.DamageObject("drill/${run.id}.db", 100000)).FailsAt("download", "hash mismatch"),
	},
	clusterLoss: {
		"the cluster is not taken down":     drilltest.Idle("take_down").FailsAt("gone", "still there"),
		"the applications are not restored": skipped("restore_applications").And(drilltest.Swap(servicesBound+"30 minutes", servicesBound+"20s")).FailsAt("services", "0 workloads ready in drill-shop"),
		"older backup restored":             laterCanary("shop_canary", "take_down").FailsAt("shop_canary_back", "an older backup was restored"),
		"canary not written":                unwritten("canary").FailsAt("canary_back", "no canary"),
		"one byte changed":                  oneByte.FailsAt("orders_back", "exit code 1"),
	},
	namespaceDeletion: {
		"the namespace is not deleted":  drilltest.Idle("delete_namespace").FailsAt("gone", "still there"),
		"the namespace is not restored": skipped("restore").And(drilltest.Swap(bound+"10 minutes", bound+"20s")).FailsAt("verify", "0 workloads ready in drill-shop"),
		"older backup restored":         laterCanary("shop_canary", "delete_namespace").FailsAt("shop_canary_back", "an older backup was restored"),
		"canary not written":            unwritten("shop_canary").FailsAt("shop_canary_back", "no canary"),
		"one byte changed":              oneByte.FailsAt("orders_back", "exit code 1"),
	},
	volumeCorruption: {
		"the volume is not corrupted": drilltest.Idle("corrupt").FailsAt("gone", "still there"),
		"what is corrupt stays":       skipped("delete").FailsAt("restore", "drill-shop"),
		"older backup restored":       laterCanary("shop_canary", "corrupt").FailsAt("shop_canary_back", "an older backup was restored"),
		"canary not written":          unwritten("shop_canary").FailsAt("corrupt", "/orders/canary/*': No such file"),
		"one byte changed":            oneByte.FailsAt("orders_back", "exit code 1"),
	},
}

// TestMutants: each takes away one thing, and must fail in the step that is there
// for it.
func TestMutants(t *testing.T) {
	for _, name := range scenarios {
		t.Run(name, func(t *testing.T) {
			mutants[name].Run(t, func(t *testing.T) *drilltest.Drill { d, _ := drill(t, name); return d })
		})
	}
}

func TestMutantsFitPlan(t *testing.T) {
	for _, name := range scenarios {
		t.Run(name, func(t *testing.T) { mutants[name].Fit(t, name, of(strings.Repeat("0", 64), strings.Repeat("0", 32))) })
	}
}

// The namespace's and the services' deadlines: a mutant need not wait as long as a
// cluster that is slow may.
const (
	bound         = "pvcs_bound: {namespace: \"${params.namespace}\"}\n              cluster: ${params.cluster}\n              timeout: "
	servicesBound = "pvcs_bound: {namespaces: \"${params.namespaces}\"}\n          cluster: ${params.cluster}\n          timeout: "
)

// laterCanary leaves another canary before a step of the disaster, and lets the
// checks ask for that one: any backup that there is, is older.
func laterCanary(id, disaster string) drilltest.Edit {
	return drilltest.Before(disaster, "- step: Leave a canary that no backup has\n  id: later_canary\n  canary: *"+id+"\n  cluster: practice").
		And(drilltest.Swap("${steps."+id+".nonce}", "${steps.later_canary.nonce}"))
}

// unwritten is NoCanary for a step whose input others have by an alias.
func unwritten(id string) drilltest.Edit { return skipped(id).And(drilltest.OtherNonce(id)) }

// oneByte is changed in the shop's orders before they are backed up.
var oneByte = drilltest.Before("shop_canary", fmt.Sprintf(`- step: Change one byte
  command: [kubectl, --context=practice, --namespace=drill-shop, exec, deploy/shop, --, sh, -ec, %q]`, drilltest.OneByte("/orders/orders.bin"))).
	And(drilltest.Timeout("orders_back", "10s"))

// TestRecovery: a drill that restores nothing fails, and leaves the cluster without
// its etcd and the backup where it is; the same procedure, as a recovery, brings
// back the very cluster.
func TestRecovery(t *testing.T) {
	if testing.Short() {
		t.Skip("it breaks a control plane: make test-lab runs it")
	}
	d, lab := drill(t, memberFailure)
	before := uid(t, lab)
	whole := d.Plan
	d.Edit(skipped("restore_etcd"))
	if r := d.Run(); r.Code != 1 || r.Failed()["healthy"] == "" {
		t.Errorf("exit code %d, failed: %v; want 1, healthy", r.Code, r.Failed())
	}
	d.Plan, d.Scenario = whole, "etcd_failure"
	d.Args = append(d.Args, "--mode", "recovery", "--confirm", "practice", "--param", "cluster=practice")
	r := d.Run()
	if r.Code != 0 || r.Result != "succeeded" {
		t.Fatalf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	if after := uid(t, lab); after != before {
		t.Errorf("the cluster's uid is %s, it was %s: it is another cluster", after, before)
	}
	forget(t, lab)
}

// skipped takes the first step of an id out of the run, but not out of the plan:
// other steps have its input by an alias.
func skipped(id string) drilltest.Edit {
	return func(t testing.TB, p drilltest.Plan) drilltest.Plan {
		t.Helper()
		before, after, found := strings.Cut(string(p), " id: "+id+"\n")
		if !found {
			t.Fatalf("the plan has no step with id: %s: the test is out of date", id)
		}
		indent := before[strings.LastIndex(before, "\n"):]
		return drilltest.Plan(before + " id: " + id + indent + " when: ${false}\n" + after)
	}
}

// uid is the cluster's identity.
func uid(t *testing.T, lab *labtest.Lab) types.UID {
	t.Helper()
	var ns corev1.Namespace
	if err := lab.Cluster.Client(t).Get(t.Context(), client.ObjectKey{Name: "kube-system"}, &ns); err != nil {
		t.Fatal(err)
	}
	return ns.UID
}

// forget removes what a recovery leaves to people.
func forget(t *testing.T, lab *labtest.Lab) {
	t.Helper()
	old, err := filepath.Glob(lab.Cluster.EtcdDataDir + ".old-*")
	if err != nil {
		t.Fatal(err)
	}
	backups, err := filepath.Glob(filepath.Join(lab.S3.DataDir, lab.S3.Bucket, "drill", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(old, backups...) {
		if err := os.RemoveAll(path); err != nil {
			t.Error(err)
		}
	}
	canary := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "drplan-canary"}}
	if err := lab.Cluster.Client(t).Delete(t.Context(), canary); err != nil {
		t.Error(err)
	}
}
