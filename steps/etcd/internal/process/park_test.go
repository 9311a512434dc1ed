package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pod = `apiVersion: v1
kind: Pod
metadata: {name: etcd}
spec:
  containers:
  - name: etcd
    command: [etcd, --name=node-1, --data-dir=/data/etcd, "--initial-advertise-peer-urls=https://10.0.0.1:2380", --initial-cluster-state=new]
    volumeMounts:
    - {name: other, mountPath: /}
    - {name: data, mountPath: /data}
  volumes:
  - {name: data, hostPath: {path: /var/lib/host}}
`

// manifests is a kubelet's folder with one manifest in it.
func manifests(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "manifests", "etcd.yaml")
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, file, pod)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	return file
}

func put(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestStoppedPodIsFoundByAnyRun: what one run has stopped, another one reads
// and starts, and a person finds beside the kubelet's folder.
func TestStoppedPodIsFoundByAnyRun(t *testing.T) {
	file := manifests(t)
	c := Control{StaticPod: file}
	if c.Parked() != "" {
		t.Error("it was not stopped yet")
	}
	for range 2 { // what is parked may be parked again
		if err := c.Halt(t.Context(), executor(t)); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 0 {
		t.Errorf("the kubelet still sees %v", left)
	}
	want := filepath.Dir(file) + "-stopped/etcd.yaml"
	if c.Parked() != want || read(t, want) != pod {
		t.Errorf("it is at %q, want %s", c.Parked(), want)
	}
	if line := c.StartLine(); line != "mv "+want+" "+file {
		t.Errorf("to start it: %s", line)
	}
	another := executor(t)
	m, err := c.ReadManifest()
	if err != nil || m.Flag("--name") != "node-1" || m.HostPath(m.Flag("--data-dir")) != "/var/lib/host/etcd" {
		t.Fatalf("flags %v, error %v", m.flags, err)
	}
	if err := c.Launch(t.Context(), another, nil, nil); err != nil {
		t.Fatal(err)
	}
	if read(t, file) != pod || c.Parked() != "" {
		t.Errorf("it came back as %s, and is parked at %q", read(t, file), c.Parked())
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
}

// TestManifestIsEditedFromEveryState: whether a crash left it where the kubelet
// sees it or not, edited or not, the kubelet sees it edited in the end.
func TestManifestIsEditedFromEveryState(t *testing.T) {
	edit := SetFlags(map[string]string{"--initial-cluster-state": "existing", "--initial-cluster": "a=b"})
	done, err := edit([]byte(pod))
	if err != nil {
		t.Fatal(err)
	}
	for name, stopped := range map[string]bool{"stopped": true, "started": false} {
		for _, content := range []string{pod, string(done)} {
			file := manifests(t)
			c, x := Control{StaticPod: file}, executor(t)
			put(t, file, content)
			if stopped {
				if err := c.Halt(t.Context(), x); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Launch(t.Context(), x, nil, edit); err != nil {
				t.Fatal(err)
			}
			m, err := c.ReadManifest()
			if err != nil || read(t, file) != string(done) || m.Flag("--initial-cluster") != "a=b" || m.Flag("--name") != "node-1" {
				t.Errorf("%s: flags %v, error %v", name, m.flags, err)
			}
			if info, _ := os.Stat(file); info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v", info.Mode())
			}
			if c.Parked() != "" || there(parked(file)) {
				t.Errorf("%s: it is still parked", name)
			}
		}
	}
}

// TestManifestWrittenAnewWhileItsPodIsDown: neither of the two is lost.
func TestManifestWrittenAnewWhileItsPodIsDown(t *testing.T) {
	file := manifests(t)
	c, x := Control{StaticPod: file}, executor(t)
	if err := c.Halt(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	put(t, file, "new")
	if err := c.Launch(t.Context(), x, nil, nil); err != nil || read(t, file) != "new" {
		t.Errorf("error %v: %s", err, read(t, file))
	}
	if err := c.Halt(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	if got := read(t, parked(file)); got != "new" {
		t.Errorf("stopped was %s", got)
	}
	if got := read(t, parked(file)+".older"); got != pod {
		t.Errorf("the older one is %s", got)
	}
}

func TestNoManifestAnywhere(t *testing.T) {
	file := manifests(t)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	c := Control{StaticPod: file}
	_, err := c.ReadManifest()
	for _, err := range []error{err, c.Halt(t.Context(), executor(t)), c.Check(t.Context(), executor(t))} {
		if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "manifests-stopped") {
			t.Errorf("error %v", err)
		}
	}
}
