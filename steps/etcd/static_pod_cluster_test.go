package etcd

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/etcd/internal/staticpod"
	"github.com/drplan/drplan/steps/s3"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// realCluster is a cluster with a real kubelet, which a test may break.
type realCluster struct {
	*labtest.Lab
	manifest string
	file     string // a snapshot, which holds the object that before names
	before   *corev1.ConfigMap
}

// breakCluster takes a snapshot of the cluster between two objects.
func breakCluster(t *testing.T) realCluster {
	t.Helper()
	c := realCluster{Lab: labtest.PrivateCluster(t)}
	c.manifest = filepath.Join(c.Cluster.ManifestsDir, "etcd.yaml")
	c.ready(t, 3*time.Minute)
	c.before = c.create(t, "before")
	c.file = filepath.Join(t.TempDir(), "etcd.db")
	mustPerform(t, Snapshot(s3.Upload()), with(c.Etcd.Conn(), object{"to": c.file}))
	t.Cleanup(func() {
		if c.ready(t, 3*time.Minute); t.Failed() {
			return
		}
		_ = c.Cluster.Client(t).Delete(context.Background(), c.before)
		c.removeOld(t)
	})
	return c
}

func (c realCluster) create(t *testing.T, prefix string) *corev1.ConfigMap {
	t.Helper()
	made := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: labtest.Name(prefix)}}
	if err := c.Cluster.Client(t).Create(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	return made
}

func (c realCluster) input(differ object) object {
	return with(object{
		"from": c.file, "tls": c.Etcd.Conn()["tls"], "existing_data": "move_aside",
		"members": []object{{"static_pod": c.manifest}}, "stop_timeout": "30s", "start_timeout": "90s",
	}, differ)
}

// ready waits until the API server answers, and returns how long that took.
func (c realCluster) ready(t *testing.T, limit time.Duration) time.Duration {
	t.Helper()
	begun := time.Now()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		err := c.Cluster.Client(t).Get(ctx, client.ObjectKey{Name: "kube-system"}, &corev1.Namespace{})
		cancel()
		if err == nil {
			return time.Since(begun)
		}
		if time.Since(begun) > limit {
			t.Fatalf("the API server does not answer: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// restored checks what the API server has, and the folders.
func (c realCluster) restored(t *testing.T, since *corev1.ConfigMap) {
	t.Helper()
	c.has(t, since)
	if stray, _ := filepath.Glob(c.Cluster.EtcdDataDir + ".new-*"); len(stray) > 0 {
		t.Errorf("left behind: %v", stray)
	}
	if old, _ := filepath.Glob(c.Cluster.EtcdDataDir + ".old-*"); len(old) != 1 {
		t.Errorf("old data: %v, want one folder", old)
	}
}

// has checks that the API server has the object in the snapshot, and not the one
// made since.
func (c realCluster) has(t *testing.T, since *corev1.ConfigMap) {
	t.Helper()
	took := c.ready(t, time.Minute)
	kube := c.Cluster.Client(t)
	if err := kube.Get(t.Context(), client.ObjectKeyFromObject(c.before), &corev1.ConfigMap{}); err != nil {
		t.Errorf("the object in the snapshot: %v", err)
	}
	if err := kube.Get(t.Context(), client.ObjectKeyFromObject(since), &corev1.ConfigMap{}); !apierrors.IsNotFound(err) {
		t.Errorf("the object made since is there: error %v", err)
	}
	t.Logf("the API server answered %.1f s after the step", took.Seconds())
}

func (c realCluster) removeOld(t *testing.T) {
	t.Helper()
	old, _ := filepath.Glob(c.Cluster.EtcdDataDir + ".old-*")
	for _, dir := range old {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	}
}

// pids are the processes of the control plane's pods, by name.
func (c realCluster) pids(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		pod, err := staticpod.Open(filepath.Join(c.Cluster.ManifestsDir, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pod.Processes() {
			out[name] = p.PID
		}
	}
	return out
}

// allAnew checks that every process is another one than before.
func (c realCluster) allAnew(t *testing.T, before map[string]int) {
	t.Helper()
	now := c.pids(t)
	for name := range now {
		if now[name] == before[name] || now[name] == 0 {
			t.Errorf("%s: process %d before, %d now", name, before[name], now[name])
		}
	}
}

// rested has the kubelet forget that it restarted anything: its pods are new.
func (c realCluster) rested(t *testing.T) {
	t.Helper()
	var members []*staticpod.Pod
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		pod, err := staticpod.Open(filepath.Join(c.Cluster.ManifestsDir, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, pod)
	}
	for _, p := range members {
		if err := p.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range members {
		if err := p.Return(t.Context(), labtest.Name("test")); err != nil {
			t.Fatal(err)
		}
		for begun := time.Now(); len(p.Processes()) == 0 && time.Since(begun) < 30*time.Second; {
			time.Sleep(50 * time.Millisecond)
		}
	}
	c.ready(t, 2*time.Minute)
}

func (c realCluster) read(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(c.manifest)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// member runs one of the lab's scripts for a server of the node.
func (c realCluster) member(t *testing.T, do, name string) {
	t.Helper()
	if out, err := exec.Command(filepath.Join(c.Dir, "members", name, do)).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", do, name, err, out)
	}
}
