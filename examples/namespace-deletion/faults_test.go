package namespacedeletion

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// patience bounds what the tests wait for beside a drill.
const patience = 5 * time.Minute

// TestKilledHalfWay: drplan dies by SIGKILL while Velero restores. The run goes
// on where it was, and Velero was asked for one restore: the API server's audit
// log says so, not our journal.
func TestKilledHalfWay(t *testing.T) {
	d, lab := drill(t)
	before, inventory := lab.Cluster.AuditSize(t), lab.Cluster.Inventory(t)
	cmd := d.Begin()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitJournal(t, d, `"event":"attempt_started","node":"restore"`)
	awaitRestore(t, lab, before)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	r := d.Finish(d.Command("run", "--resume", "latest", "-o", "json"))
	if r.Code != 0 || r.Result != "succeeded" {
		t.Fatalf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	if got := restores(t, lab, before); got != 1 {
		t.Errorf("Velero was asked for %d restores, want 1", got)
	}
	if r.RTO.Actual == nil || r.RTO.Split["down"] <= 0 {
		t.Errorf("the time in which drplan was dead is not in the RTO: %+v", r.RTO)
	}
	if left := labtest.Added(inventory, lab.Cluster.Inventory(t)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestVeleroRestarted: Velero's server is killed while it restores. It gives up
// the restore that it had under way when it starts again; the next attempt takes
// away what that one left, and restores.
func TestVeleroRestarted(t *testing.T) {
	d, lab := drill(t)
	before, inventory := lab.Cluster.AuditSize(t), lab.Cluster.Inventory(t)
	cmd := d.Begin()
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		awaitJournal(t, d, `"event":"attempt_started","node":"restore"`)
		awaitRestore(t, lab, before)
		killVelero(t, lab)
	}()
	r := d.Finish(cmd)
	<-killed
	if r.Code != 0 || r.Result != "succeeded" {
		t.Fatalf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	if got := restores(t, lab, before); got != r.Step("restore").Attempts {
		t.Errorf("Velero was asked for %d restores in %d attempts", got, r.Step("restore").Attempts)
	}
	if left := labtest.Added(inventory, lab.Cluster.Inventory(t)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// awaitJournal waits until the only run's journal holds text.
func awaitJournal(t *testing.T, d *drilltest.Drill, text string) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		found, _ := filepath.Glob(filepath.Join(d.Runs, "*", "journal.jsonl"))
		for _, file := range found {
			if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), text) {
				return
			}
		}
	}
	t.Errorf("the journal never says %s", text)
}

func awaitRestore(t *testing.T, lab *labtest.Lab, since int64) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if restores(t, lab, since) > 0 {
			return
		}
	}
	t.Error("no restore was ever made")
}

// restores counts the restores of this example that the API server was asked to
// make.
func restores(t *testing.T, lab *labtest.Lab, since int64) int {
	return lab.Cluster.Audited(t, since, func(ev labtest.AuditEvent) bool {
		return ev.Verb == "create" && ev.ObjectRef.Resource == "restores" && ev.ResponseStatus.Code == 201 &&
			strings.Contains(ev.ObjectRef.Name, "accidental-deletion")
	})
}

// killVelero kills the server's pod, with no time to put things in order.
func killVelero(t *testing.T, lab *labtest.Lab) {
	asked := lab.Cluster.Client(t)
	pods := &corev1.PodList{}
	err := asked.List(t.Context(), pods, client.InNamespace(lab.Cluster.VeleroNamespace), client.MatchingLabels{"deploy": "velero"})
	if err != nil || len(pods.Items) == 0 {
		t.Errorf("no pod of Velero's server: %v", err)
	}
	for i := range pods.Items {
		if err := asked.Delete(t.Context(), &pods.Items[i], client.GracePeriodSeconds(0)); err != nil {
			t.Error(err)
		}
	}
}
