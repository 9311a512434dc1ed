package etcd

import (
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/staticpod"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestFastWayKilledAnywhere: on a real kubelet, which goes on meanwhile.
func TestFastWayKilledAnywhere(t *testing.T) {
	c := breakCluster(t)
	name := c.Cluster.NodeName
	for _, at := range []string{
		"restoring", "restored " + name, "swapping", "frozen", "swapped " + name, "starting", "killed " + name,
		"noted", "ended kube-apiserver",
	} {
		t.Run(at, func(t *testing.T) {
			c.rested(t)
			since, before := c.create(t, "since"), c.pids(t)
			v := victim{Kind: Restore().Type, Input: stepstest.JSON(t, c.input(object{"static_pod_way": "fast"})), Dir: t.TempDir(), Point: at}
			defer c.removeOld(t)
			v.die(t)
			if at == "killed "+name || at == "ended kube-apiserver" {
				c.startedAgain(t)
			}
			between := c.pids(t)["etcd"]
			verdict, out, err := v.resume(t)
			if err != nil || verdict != steps.Running || out["static_pod_way"] != "fast" {
				t.Fatalf("verdict %s, outputs %v, error %v", verdict, out, err)
			}
			stepstest.CheckOutputs(t, Restore(), out)
			c.restored(t, since)
			c.allAnew(t, before)
			if now := c.pids(t)["etcd"]; between != before["etcd"] && between != 0 && now != between {
				t.Errorf("etcd was restarted twice: process %d, then %d", between, now)
			}
		})
	}
}

// startedAgain waits until the kubelet has started etcd on what is live now.
func (c realCluster) startedAgain(t *testing.T) {
	t.Helper()
	pod, err := staticpod.Open(c.manifest)
	if err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if running := pod.Processes(); len(running) > 0 && running[0].Holds(c.Cluster.EtcdDataDir+"/member/snap/db") {
			return
		}
		// The API server is not killed yet: the kubelet may wait for its answer.
		if time.Since(begun) > 2*time.Minute {
			t.Fatal("etcd is not started again")
		}
	}
}

// TestLeftFrozen: drplan was killed while etcd stood still, and the kubelet's
// probes have found it dead since: what runs then is held still once more.
func TestLeftFrozen(t *testing.T) {
	c := breakCluster(t)
	for _, at := range []string{"frozen", "swapped " + c.Cluster.NodeName} {
		t.Run(at, func(t *testing.T) {
			c.rested(t)
			since := c.create(t, "since")
			v := victim{Kind: Restore().Type, Input: stepstest.JSON(t, c.input(nil)), Dir: t.TempDir(), Point: at}
			v.die(t)
			pod, err := staticpod.Open(c.manifest)
			if err != nil {
				t.Fatal(err)
			}
			if err := pod.Kill(t.Context()); err != nil { // as the kubelet does after its probes
				t.Fatal(err)
			}
			if _, _, err := v.resume(t); err != nil {
				t.Fatal(err)
			}
			c.restored(t, since)
			c.removeOld(t)
		})
	}
}
