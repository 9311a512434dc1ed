package completeclusterloss

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// TestKilledHalfWay: drplan dies by SIGKILL four times: while the machine is
// provisioned, while etcd is restored, while the node starts, and while Velero
// restores. It goes on each time, and nothing is done twice: the API server's audit
// log and the servers' own records say so, not our journal.
func TestKilledHalfWay(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster lost once more: make test-lab runs it")
	}
	d, lab := drill(t)
	before := inventory(t, lab)
	provisions := filepath.Join(t.TempDir(), "provisions")
	d.Args = append(d.Args, "-p", `provision=echo once >>`+provisions+`; lab up --dir "$LAB_DIR" --stage machine`)
	kubelets := starts(t, lab)
	cmd := d.Begin()
	for _, step := range []string{"provision", "restore_etcd", "start", "restore"} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		d.Await(`"event":"attempt_started","node":"` + step + `"`)
		if step == "restore" {
			awaitRestore(t, lab)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		cmd = d.Command("run", "--resume", "latest", "-o", "json")
	}
	r := d.Finish(cmd)
	if r.Code != 0 || r.Result != "succeeded" {
		t.Fatalf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	if r.RTO.Actual == nil || r.RTO.Split["down"] <= 0 {
		t.Errorf("the time in which drplan was dead is not in the RTO: %+v", r.RTO)
	}
	if said, err := os.ReadFile(provisions); err != nil || string(said) != "once\n" {
		t.Errorf("provisioned: %q, %v", said, err)
	}
	if got := starts(t, lab) - kubelets; got != 1 {
		t.Errorf("the kubelet was started %d times, want once", got)
	}
	// The log is as old as the node: the procedure's part, and the cleanup's.
	if got := restores(t, lab); got != 1 {
		t.Errorf("Velero was asked for %d restores, want 1", got)
	}
	if got := deletions(t, lab); got != 2 {
		t.Errorf("the shop's namespace was deleted %d times, want once, and once in the cleanup", got)
	}
	if old, _ := filepath.Glob(lab.Cluster.EtcdDataDir + ".*"); len(old) > 0 {
		t.Errorf("etcd was restored over what was restored: %v", old)
	}
	if after := inventory(t, lab); !slices.Equal(before, after) {
		t.Errorf("left behind: %v; missing: %v", labtest.Added(before, after), labtest.Added(after, before))
	}
}

// TestRecovery is the day itself: a fresh machine without even a kubeconfig, and
// somebody who is asked before the namespaces are deleted.
func TestRecovery(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster lost once more: make test-lab runs it")
	}
	lost, lab := drill(t)
	lost.Args = append(lost.Args, "-p", "provision=exit 1", "--keep-on-failure")
	if r := lost.Run(); r.Code != 1 || r.Failed()["provision"] == "" {
		t.Fatalf("want nothing but the machine lost: exit code %d, %v\n%s", r.Code, r.Failed(), r.Log)
	}
	d := *lost
	d.Runs = t.TempDir()
	d.Args = slices.DeleteFunc(slices.Clone(lost.Args), func(arg string) bool { return arg == "--keep-on-failure" || arg == "provision=exit 1" })
	d.Args = append(d.Args[:len(d.Args)-1], "--mode", "recovery", "--confirm", "practice",
		"-p", "namespaces=drill-shop-lost", "-p", "backups=s3://"+lab.S3.Bucket+"/cluster-loss-drill/")
	approved := make(chan struct{})
	go func() {
		defer close(approved)
		d.Await(`"node":"ask"`)
		approve(t, &d)
	}()
	r := d.Run()
	<-approved
	if r.Code != 0 || r.Result != "succeeded" {
		t.Errorf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	// It began with the run: how long the cluster had been down by then, nobody said.
	if r.RTO.Actual == nil || r.RTO.Met != nil || r.RPO.Actual == nil {
		t.Errorf("RTO %+v, RPO %+v", r.RTO, r.RPO)
	}
	cleanup := lost.Finish(lost.Command("cleanup", "latest", "-o", "json"))
	if cleanup.Code != 0 {
		t.Errorf("cleanup: exit code %d\n%s", cleanup.Code, cleanup.Log)
	}
}

// approve answers as soon as the step asks.
func approve(t *testing.T, d *drilltest.Drill) {
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		out, err := d.Command("approve", "latest", "ask").CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Errorf("approve: %v\n%s", err, out)
			return
		}
	}
}

// patience bounds what the tests wait for beside a drill.
const patience = 5 * time.Minute

func starts(t *testing.T, lab *labtest.Lab) int {
	return labtest.Starts(t, filepath.Join(lab.Dir, "members", "kubelet", "starts.log"))
}

func awaitRestore(t *testing.T, lab *labtest.Lab) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if restores(t, lab) > 0 {
			return
		}
	}
	t.Error("no restore was ever made")
}

// restores counts the restores of this example that the API server was asked to
// make since the node is there.
func restores(t *testing.T, lab *labtest.Lab) int {
	return lab.Cluster.Audited(t, 0, func(ev labtest.AuditEvent) bool {
		return ev.Verb == "create" && ev.ObjectRef.Resource == "restores" && ev.ResponseStatus.Code == 201 &&
			strings.Contains(ev.ObjectRef.Name, "complete-cluster-lo")
	})
}

func deletions(t *testing.T, lab *labtest.Lab) int {
	return lab.Cluster.Audited(t, 0, func(ev labtest.AuditEvent) bool {
		return ev.Verb == "delete" && ev.ObjectRef.Resource == "namespaces" && ev.ObjectRef.Name == "drill-shop-lost" && ev.ResponseStatus.Code == 200
	})
}
