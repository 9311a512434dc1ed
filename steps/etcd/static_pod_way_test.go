package etcd

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/staticpod"
	"github.com/drplan/drplan/steps/stepstest"
)

// perform restores and checks what came of it.
func (c realCluster) perform(t *testing.T, differ object, want way) steps.Outputs {
	t.Helper()
	since, before := c.create(t, "since"), c.pids(t)
	begun := time.Now()
	out := mustPerform(t, Restore(), c.input(differ))
	t.Logf("the step took %.1f s", time.Since(begun).Seconds())
	if out["static_pod_way"] != string(want) || len(out["restarted"].([]string)) != 3 || len(out["stopped_manifests"].([]string)) != 0 {
		t.Errorf("want the %s way; outputs %v", want, out)
	}
	c.restored(t, since)
	c.allAnew(t, before)
	return out
}

func TestFastWayLeavesTheManifestAlone(t *testing.T) {
	c := breakCluster(t)
	c.rested(t)
	manifest := c.read(t)
	c.perform(t, nil, fast)
	if now := c.read(t); now != manifest {
		t.Errorf("the manifest is now\n%s", now)
	}
}

func TestSlowWay(t *testing.T) {
	c := breakCluster(t)
	t.Run("asked for", func(t *testing.T) {
		c.rested(t)
		c.perform(t, object{"static_pod_way": "slow"}, slow)
		c.removeOld(t)
	})
	t.Run("restarted a moment ago", func(t *testing.T) {
		c.rested(t)
		c.killed(t, "etcd")
		c.perform(t, nil, slow)
		c.removeOld(t)
	})
	t.Run("the same, and fast asked for", func(t *testing.T) {
		c.rested(t)
		c.killed(t, "etcd")
		c.perform(t, object{"static_pod_way": "fast"}, fast)
	})
}

// killed kills a pod's process and waits for the next one.
func (c realCluster) killed(t *testing.T, name string) {
	t.Helper()
	time.Sleep(6 * time.Second) // a process of its pod's first seconds is the pod's first
	pod, err := staticpod.Open(filepath.Join(c.Cluster.ManifestsDir, name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := pod.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); len(pod.Processes()) == 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(begun) > 2*time.Minute { // the kubelet may wait for the API server
			t.Fatalf("%s is not started again", name)
		}
	}
	c.ready(t, time.Minute)
}

// TestCrashLoop: etcd's database is damaged, and the kubelet starts it ever later.
func TestCrashLoop(t *testing.T) {
	c := breakCluster(t)
	c.rested(t)
	since := c.create(t, "since")
	db := filepath.Join(c.Cluster.EtcdDataDir, "member", "snap", "db")
	if err := os.WriteFile(db, bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	pod, err := staticpod.Open(c.manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := pod.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Started anew at once, and dead, and started anew after ten seconds, and dead.
	for begun := time.Now(); c.starts(t) < 3; time.Sleep(100 * time.Millisecond) {
		if time.Since(begun) > 90*time.Second {
			t.Fatal("etcd does not crash-loop")
		}
	}
	begun := time.Now()
	out := mustPerform(t, Restore(), c.input(nil))
	took := time.Since(begun)
	t.Logf("the step took %.1f s", took.Seconds())
	if out["static_pod_way"] != "slow" || took > 15*time.Second {
		t.Errorf("it took %s; outputs %v", took, out)
	}
	c.restored(t, since)
}

// starts counts the starts of the etcd of the newest pod, by its logs.
func (c realCluster) starts(t *testing.T) int {
	t.Helper()
	pods, err := filepath.Glob(filepath.Join(c.Dir, "log", "pods", "kube-system_etcd-*"))
	if err != nil {
		t.Fatal(err)
	}
	newest, starts := time.Time{}, 0
	for _, dir := range pods {
		if info, err := os.Stat(dir); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
			logs, _ := filepath.Glob(dir + "/etcd/*.log")
			for _, log := range logs {
				n, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(log), ".log"))
				starts = max(starts, n+1)
			}
		}
	}
	return starts
}

// TestNoKubelet: nothing starts what was restored. It is said before, and by the
// restore; when the kubelet is there, the run that is resumed ends well.
func TestNoKubelet(t *testing.T) {
	c := breakCluster(t)
	since := c.create(t, "since")
	c.member(t, "kill", "kubelet")
	started := false
	start := func() {
		if !started {
			c.member(t, "start", "kubelet")
		}
		started = true
	}
	t.Cleanup(start)
	run := stepstest.NewRun(t)
	input := c.input(object{"start_timeout": "3s"})
	step := stepstest.Decode(t, Restore(), input)
	if err := checkOf(t, step, run.Run, "kubelet"); err == nil || !strings.Contains(err.Error(), "start the kubelet") {
		t.Errorf("preflight: %v", err)
	}
	if _, err := step.Run(t.Context(), run.Run); err == nil || !strings.Contains(err.Error(), "start the kubelet (systemctl start kubelet)") {
		t.Errorf("error %v", err)
	}
	start()
	out, err := stepstest.Decode(t, Restore(), c.input(nil)).Run(t.Context(), run.Run)
	if err != nil || out["static_pod_way"] != "slow" {
		t.Fatalf("outputs %v, error %v", out, err)
	}
	c.restored(t, since)
	if err := checkOf(t, step, run.Run, "kubelet"); err != nil {
		t.Errorf("preflight: %v", err)
	}
}

// TestFastWayOnAMountPoint: the data directory cannot be renamed, so member/ is
// exchanged in it, and the old etcd must be still when that happens.
func TestFastWayOnAMountPoint(t *testing.T) {
	c := breakCluster(t)
	dir := c.Cluster.EtcdDataDir
	offline := func(do func()) {
		pod, err := staticpod.Open(c.manifest)
		if err != nil {
			t.Fatal(err)
		}
		if err := pod.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		do()
		if err := pod.Return(t.Context(), labtest.Name("test")); err != nil {
			t.Fatal(err)
		}
	}
	node := func(argv ...string) { // the kubelet has mounts of its own
		if out, err := exec.Command(filepath.Join(c.Dir, "bin", "in-node"), argv...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v: %s", argv, err, out)
		}
	}
	offline(func() {
		mountOver(t, dir)
		node("mount", "--bind", dir+"-disk", dir)
	})
	defer c.rested(t) // an API server that was without etcd for too long ends
	defer offline(func() {
		node("umount", dir)
		if err := errors.Join(syscall.Unmount(dir, 0), os.Remove(dir), os.Rename(dir+"-disk", dir)); err != nil {
			t.Error(err)
		}
		hidden, _ := filepath.Glob(dir + "/.*")
		for _, path := range hidden {
			os.RemoveAll(path)
		}
	})
	c.rested(t)
	since, before := c.create(t, "since"), c.pids(t)
	out := mustPerform(t, Restore(), c.input(object{"static_pod_way": "fast"}))
	c.has(t, since)
	c.allAnew(t, before)
	if old := out["old_dirs"].([]string); len(old) != 1 || !strings.HasPrefix(old[0], dir+"/.old-") {
		t.Errorf("old data: %v", old)
	}
}
