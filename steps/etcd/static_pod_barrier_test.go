package etcd

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/etcd/internal/staticpod"
	"github.com/drplan/drplan/steps/internal/etcdclient"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
	"github.com/drplan/drplan/steps/s3"
	"github.com/drplan/drplan/steps/stepstest"
)

// threeOnOne is a cluster of three members without TLS, beside the control
// plane's, all of them static pods of the one kubelet.
type threeOnOne struct {
	realCluster
	manifests, endpoints []string
}

func startThree(t *testing.T) threeOnOne {
	t.Helper()
	c := threeOnOne{realCluster: realCluster{Lab: labtest.PrivateCluster(t)}}
	c.ready(t, 3*time.Minute)
	api, err := url.Parse(c.Cluster.APIServer)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(filepath.Dir(c.Cluster.EtcdDataDir), labtest.Name("three"))
	at := func(port int) string { return fmt.Sprintf("http://%s:%d", api.Hostname(), port) }
	cluster := fmt.Sprintf("t0=%s,t1=%s,t2=%s", at(24380), at(24480), at(24580))
	for i := range 3 {
		data := fmt.Sprintf("%s/t%d", dir, i)
		if err := os.MkdirAll(data, 0o700); err != nil {
			t.Fatal(err)
		}
		client, peer := at(24379+100*i), at(24380+100*i)
		manifest := filepath.Join(c.Cluster.ManifestsDir, fmt.Sprintf("t%d.yaml", i))
		text := fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: t%[1]d, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
  - name: etcd
    image: registry.k8s.io/etcd:3.7.3-0
    command: [etcd, --name=t%[1]d, "--data-dir=%[2]s", "--listen-client-urls=%[3]s", "--advertise-client-urls=%[3]s", "--listen-peer-urls=%[4]s", "--initial-advertise-peer-urls=%[4]s", "--initial-cluster=%[5]s"]
    volumeMounts: [{name: data, mountPath: "%[2]s"}]
  volumes: [{name: data, hostPath: {path: "%[2]s"}}]
`, i, data, client, peer, cluster)
		if err := os.WriteFile(filepath.Join(filepath.Dir(c.Cluster.ManifestsDir), "new.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(filepath.Dir(c.Cluster.ManifestsDir), "new.yaml"), manifest); err != nil {
			t.Fatal(err)
		}
		c.manifests, c.endpoints = append(c.manifests, manifest), append(c.endpoints, client)
	}
	t.Cleanup(func() { c.stop(t, dir) })
	c.healthy(t)
	return c
}

func (c threeOnOne) stop(t *testing.T, dir string) {
	for _, manifest := range c.manifests {
		pod, err := staticpod.Open(manifest)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := pod.Leave(context.Background()); err != nil {
			t.Error(err)
		}
		parked := process.Control{StaticPod: manifest}.Parked()
		if err := os.Remove(parked); err != nil {
			t.Error(err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}

func (c threeOnOne) conn() etcdclient.Conn { return etcdclient.Conn{Endpoints: c.endpoints} }

func (c threeOnOne) healthy(t *testing.T) etcdcluster.Observation {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		obs := etcdcluster.Observe(t.Context(), c.conn(), "")
		problems := obs.Problems(3)
		if len(problems) == 0 {
			return obs
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("not healthy: %v", problems)
		}
	}
}

func (c threeOnOne) put(t *testing.T, prefix string, n int) {
	t.Helper()
	client, err := c.conn().Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for i := range n {
		if _, err := client.Put(t.Context(), fmt.Sprintf("%s/%d", prefix, i), "v"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFastWayOfAllMembers: three static pods of one kubelet, which restarts each
// the moment it ends. All stand still before the first folder moves, and the old
// cluster is never seen again, also when drplan is killed in between.
func TestFastWayOfAllMembers(t *testing.T) {
	c := startThree(t)
	c.put(t, "/before", 10)
	file := filepath.Join(t.TempDir(), "three.db")
	mustPerform(t, Snapshot(s3.Upload()), object{"endpoints": c.endpoints, "to": file})
	var members []object
	for _, m := range c.manifests {
		members = append(members, object{"static_pod": m})
	}
	input := object{
		"from": file, "existing_data": "move_aside", "members": members, "restart": []string{}, "static_pod_way": "fast",
		"stop_timeout": "30s", "start_timeout": "90s",
	}
	for _, at := range []string{"", "swapped t0", "killed t1"} {
		t.Run("killed at "+at, func(t *testing.T) {
			old := c.healthy(t).Seen[0].ClusterID
			c.put(t, "/since", 5)
			v := victim{Kind: Restore().Type, Input: stepstest.JSON(t, input), Dir: t.TempDir(), Point: at}
			if at != "" {
				v.die(t)
			}
			begun := time.Now()
			_, out, err := v.resume(t)
			t.Logf("the step took %.1f s", time.Since(begun).Seconds())
			if err != nil || len(out["old_dirs"].([]string)) != 3 || out["static_pod_way"] != "fast" {
				t.Fatalf("outputs %v, error %v", out, err)
			}
			seen := c.healthy(t).Seen
			for _, s := range seen {
				if s.Keys != 10 || s.ClusterID == old {
					t.Errorf("%d keys, cluster %x, before %x", s.Keys, s.ClusterID, old)
				}
			}
		})
	}
}
