package seed

import (
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

// TestMutants: each takes away one thing, and must fail in the step that is there
// for it.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("seven drills on a cluster: make test-lab runs them")
	}
	for name, m := range map[string]struct {
		scenario string
		edit     func(drilltest.Plan) drilltest.Plan
		step     string // the step that must fail
		says     string
	}{
		"etcd is not wiped": {memberFailure, func(p drilltest.Plan) drilltest.Plan { return idle(t, p, "wipe") },
			"gone", "still there"},
		"the cluster is not taken down": {clusterLoss, func(p drilltest.Plan) drilltest.Plan { return idle(t, p, "take_down") },
			"gone", "still there"},
		"the applications are not restored": {clusterLoss, func(p drilltest.Plan) drilltest.Plan {
			return skipped(t, p, "restore_applications").
				Swap(t, "pvcs_bound: {namespaces: \"${params.namespaces}\"}\n          cluster: ${params.cluster}\n          timeout: 30 minutes", "pvcs_bound: {namespaces: \"${params.namespaces}\"}\n          cluster: ${params.cluster}\n          timeout: 20s")
		}, "services", "0 workloads ready in drill-shop"},
		"the namespace is not deleted": {namespaceDeletion, func(p drilltest.Plan) drilltest.Plan { return idle(t, p, "delete_namespace") },
			"gone", "still there"},
		"the namespace is not restored": {namespaceDeletion, func(p drilltest.Plan) drilltest.Plan { return hasty(t, skipped(t, p, "restore")) },
			"verify", "0 workloads ready in drill-shop"},
		"the volume is not corrupted": {volumeCorruption, func(p drilltest.Plan) drilltest.Plan { return idle(t, p, "corrupt") },
			"gone", "still there"},
		"what is corrupt stays": {volumeCorruption, func(p drilltest.Plan) drilltest.Plan { return skipped(t, p, "delete") },
			"restore", "drill-shop"},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := drill(t, m.scenario)
			d.Plan = m.edit(d.Plan)
			r := d.Run()
			if r.Code != 1 || r.Result != "failed" {
				t.Errorf("exit code %d, %s; want 1, failed\n%s", r.Code, r.Result, r.Log)
			}
			if said, ok := r.Failed()[m.step]; !ok || !strings.Contains(said, m.says) {
				t.Errorf("failed: %v; want %s with %q", r.Failed(), m.step, m.says)
			}
		})
	}
}

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
	d.Plan = skipped(t, d.Plan, "restore_etcd")
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

// idle puts a step that does nothing in the place of one.
func idle(t *testing.T, p drilltest.Plan, id string) drilltest.Plan {
	t.Helper()
	return p.Instead(t, id, "- step: Do nothing\n  id: "+id+"\n  command: [\"true\"]")
}

// skipped takes the first step of an id out of the run, but not out of the plan:
// other steps have its input by an alias.
func skipped(t *testing.T, p drilltest.Plan, id string) drilltest.Plan {
	t.Helper()
	before, after, found := strings.Cut(string(p), " id: "+id+"\n")
	if !found {
		t.Fatalf("the plan has no step with id: %s: the test is out of date", id)
	}
	indent := before[strings.LastIndex(before, "\n"):]
	return drilltest.Plan(before + " id: " + id + indent + " when: ${false}\n" + after)
}

// hasty need not wait for a namespace as long as a cluster that is slow may.
func hasty(t *testing.T, p drilltest.Plan) drilltest.Plan {
	t.Helper()
	const bound = "pvcs_bound: {namespace: \"${params.namespace}\"}\n              cluster: ${params.cluster}\n              timeout: "
	return p.Swap(t, bound+"10 minutes", bound+"20s")
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
