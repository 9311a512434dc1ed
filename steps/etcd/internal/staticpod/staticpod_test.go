package staticpod

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/steps/etcd/internal/process"
	"golang.org/x/sys/unix"
)

// counter is a process that writes a line every few milliseconds.
func counter(t *testing.T) (Process, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lines")
	cmd := exec.Command("sh", "-c", `while :; do echo x >>"$1"; sleep 0.002; done`, "sh", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	go func() { _ = cmd.Wait() }()
	id, ok := process.Identify(cmd.Process.Pid)
	if !ok {
		t.Fatal("the process is not seen")
	}
	p := Process{id}
	grows(t, file)
	return p, file
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

func grows(t *testing.T, file string) {
	t.Helper()
	before := size(t, file)
	for end := time.Now().Add(10 * time.Second); size(t, file) == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does nothing")
		}
	}
}

func TestFreezeThawKill(t *testing.T) {
	p, file := counter(t)
	if err := p.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := size(t, file)
	time.Sleep(50 * time.Millisecond) // it would write two dozen lines
	if after := size(t, file); after != before {
		t.Errorf("it wrote %d bytes while it stood still", after-before)
	}
	if err := p.Thaw(); err != nil {
		t.Fatal(err)
	}
	grows(t, file)
	if err := p.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(t.Context()); err != nil || p.Alive() {
		t.Errorf("alive: %v, error %v", p.Alive(), err)
	}
	for name, again := range map[string]func() error{
		"freeze": func() error { return p.Freeze(t.Context()) }, "thaw": p.Thaw, "kill": func() error { return p.Kill(t.Context()) },
	} {
		if err := again(); err != nil {
			t.Errorf("%s of what is dead: %v", name, err)
		}
	}
}

// TestSignalReachesNoOther: the number has gone to another process since.
func TestSignalReachesNoOther(t *testing.T) {
	p, file := counter(t)
	other := p
	other.Begun--
	if err := other.Kill(t.Context()); err != nil {
		t.Error(err)
	}
	other = p
	other.Boot = "of another boot"
	if err := other.Kill(t.Context()); err != nil {
		t.Error(err)
	}
	grows(t, file)
}

func TestHolds(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `exec 3<"$1"; echo; exec sleep 60`, "sh", file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	id, _ := process.Identify(cmd.Process.Pid)
	if !(Process{id}).Holds(file) {
		t.Error("it holds the file")
	}
	if err := os.Rename(file, file+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if (Process{id}).Holds(file) || !(Process{id}).Holds(file+".old") {
		t.Error("it holds the old file, by its new name")
	}
}

// TestKubelet: what watches the folder is found, what watches another is not.
func TestKubelet(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root sees what other processes watch")
	}
	manifests, other := t.TempDir(), t.TempDir()
	if pid, known := Kubelet(filepath.Join(manifests, "etcd.yaml")); pid != 0 || !known {
		t.Errorf("process %d, known %v", pid, known)
	}
	var folder, elsewhere unix.Stat_t
	if err := unix.Stat(manifests, &folder); err != nil {
		t.Fatal(err)
	}
	if err := unix.Stat(other, &elsewhere); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, manifests, unix.IN_CREATE); err != nil {
		t.Fatal(err)
	}
	if !watches(os.Getpid(), folder) || watches(os.Getpid(), elsewhere) {
		t.Error("want the folder that is watched, and no other")
	}
}

func TestPodPath(t *testing.T) {
	for path, uid := range map[string]string{
		"/kubepods/burstable/podf69b1f02804e7af09186d4e305a13445/1bc43ff8736b":                                                          "f69b1f02804e7af09186d4e305a13445",
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podf69b1f02804e7af09186d4e305a13445.slice/cri-containerd-1b.scope": "f69b1f02804e7af09186d4e305a13445",
		"/kubepods.slice/kubepods-pod86cd1890_bd13_45b9_a490_3def2e19346e.slice/crio-1b.scope":                                          "86cd1890_bd13_45b9_a490_3def2e19346e",
		"/system.slice/kubelet.service": "",
		"/user.slice/podman-1.scope/x":  "",
	} {
		got := ""
		if found := podPath.FindStringSubmatch(path); found != nil {
			got = found[2]
		}
		if got != uid {
			t.Errorf("%s: %q, want %q", path, got, uid)
		}
	}
}

// TestOwnsNothingOfOthers: a process with the manifest's very command is not the
// pod's unless it lies in a pod.
func TestOwnsNothingOfOthers(t *testing.T) {
	dir := t.TempDir()
	manifest := filepath.Join(dir, "etcd.yaml")
	text := `apiVersion: v1
kind: Pod
metadata: {name: etcd}
spec:
  containers:
  - {name: etcd, command: [sleep, "4711"], volumeMounts: [{name: data, mountPath: ` + dir + `}]}
  volumes: [{name: data, hostPath: {path: ` + dir + `}}]
`
	if err := os.WriteFile(manifest, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "4711")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	pod, err := Open(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if found := pod.Processes(); len(found) > 0 {
		t.Errorf("found %v", found)
	}
	c := pod.manifest.Containers()[0]
	if !runs(c, []string{"sleep", "4711"}) || runs(c, []string{"sleep", "4711", "1"}) || !pod.sees(c, cmd.Process.Pid) {
		t.Error("all but the pod is as the manifest says")
	}
	c.Host[dir] = dir + "-elsewhere"
	if pod.sees(c, cmd.Process.Pid) {
		t.Error("it sees nothing of what is mounted")
	}
	if pod.Moved(dir+"-elsewhere", "/none", dir); !pod.sees(c, cmd.Process.Pid) {
		t.Error("it sees what was mounted, under its new name")
	}
}

// TestLeaveAndReturn: the manifest comes back with one annotation more, its
// comments and the rest as they were; taken away or put back twice nothing changes.
func TestLeaveAndReturn(t *testing.T) {
	manifest := filepath.Join(t.TempDir(), "manifests", "etcd.yaml")
	if err := os.Mkdir(filepath.Dir(manifest), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "# ours\napiVersion: v1\nkind: Pod\nmetadata:\n  name: etcd # the name\nspec:\n  containers:\n    - name: etcd\n      command: [etcd, --name=a]\n"
	if err := os.WriteFile(manifest, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"one", "two"} {
		pod, err := Open(manifest)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := pod.Leave(context.Background()); err != nil || there(manifest) {
				t.Fatalf("there: %v, error %v", there(manifest), err)
			}
		}
		for range 2 {
			if err := pod.Return(context.Background(), tag); err != nil {
				t.Fatal(err)
			}
		}
		data, err := os.ReadFile(manifest)
		want := strings.Replace(text, "spec:", "  annotations:\n    drplan.dev/renewed: \""+tag+"\"\nspec:", 1)
		if err != nil || string(data) != want {
			t.Errorf("error %v, got\n%s\nwant\n%s", err, data, want)
		}
	}
	if info, err := os.Stat(manifest); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
