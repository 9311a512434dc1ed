package etcdstaticpod

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// TestBesideByHand measures the drill's recovery beside the usual procedure for
// it, done by a script of plain commands: on the same cluster, one after the
// other, from the first action to the API server that answers with the object
// that was lost. The script loses no time with typing.
func TestBesideByHand(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes: make test-lab runs it")
	}
	d := drill(t)
	r := d.Run()
	r.Succeeded(t)
	ours := recovery(t, r)
	hand := byHand(t, d.Lab)
	t.Attr("beside_by_hand", fmt.Sprintf("by hand %.1f s, drplan %.1f s, that is 1/%.0f; of it the restore %.1f s",
		hand.Seconds(), ours.Seconds(), hand.Seconds()/ours.Seconds(), duration(t, r, "restore").Seconds()))
	if ours > hand/3 {
		t.Errorf("drplan took %s, by hand it is %s", ours, hand)
	}
}

// recovery is the time from the procedure's first step to the end of its last,
// and of the check that the object is back.
func recovery(t *testing.T, r drilltest.Result) time.Duration {
	t.Helper()
	var sum time.Duration
	for _, id := range []string{"latest", "download", "restore", "serves", "as_it_was"} {
		sum += duration(t, r, id)
	}
	return sum
}

func duration(t *testing.T, r drilltest.Result, id string) time.Duration {
	t.Helper()
	d := r.Step(id).Seconds
	if d <= 0 {
		t.Fatalf("no time of step %s", id)
	}
	return time.Duration(d * float64(time.Second))
}

// byHand runs by-hand.sh: the manifest taken away, etcd gone, the snapshot restored
// beside its data, the manifest pointed there and put back.
func byHand(t *testing.T, lab *labtest.Lab) time.Duration {
	t.Helper()
	dir := t.TempDir()
	manifest := filepath.Join(lab.Cluster.ManifestsDir, "etcd.yaml")
	before, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "testdata/by-hand.sh")
	cmd.Env = append(append(os.Environ(), lab.Environ(t)...), "DIR="+dir, "MANIFEST="+manifest, "DATA="+lab.Cluster.EtcdDataDir, "NODE="+lab.Cluster.NodeName)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	t.Cleanup(func() { asBefore(t, lab, manifest, before) })
	if err != nil {
		t.Fatalf("by hand: %v\n%s", err, out)
	}
	var took struct{ Stopped, Restored, Listens, Answers float64 }
	if err := json.Unmarshal(out, &took); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("by hand: etcd stopped after %.1f s, restored after %.1f, running again after %.1f, the API server answers after %.1f", took.Stopped, took.Restored, took.Listens, took.Answers)
	return time.Duration(took.Answers * float64(time.Second))
}

// asBefore gives etcd its folder and its manifest back.
func asBefore(t *testing.T, lab *labtest.Lab, manifest string, before []byte) {
	cmd := exec.Command("sh", "-eu", "testdata/as-before.sh")
	kept := filepath.Join(t.TempDir(), "etcd.yaml")
	if err := os.WriteFile(kept, before, 0o600); err != nil {
		t.Error(err)
		return
	}
	cmd.Env = append(append(os.Environ(), lab.Environ(t)...), "MANIFEST="+manifest, "KEPT="+kept, "DATA="+lab.Cluster.EtcdDataDir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
