package etcd

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"golang.org/x/sys/unix"
	"sigs.k8s.io/yaml"
)

// performWith is perform with an env for the step's programs.
func performWith(t testing.TB, env map[string]string, k steps.Kind, input any) (steps.Outputs, error) {
	t.Helper()
	run := stepstest.NewRun(t)
	run.Env = env
	out, err := stepstest.Decode(t, k, input).Run(t.Context(), run.Run)
	if err == nil {
		stepstest.CheckOutputs(t, k, out)
	}
	return out, err
}

// systemctl stands in for systemd, and drives the lab's real processes: the
// unit etcd-m1.service is its member m1. A unit of another name is not known.
// What it was asked goes to the file calls.
func systemctl(t testing.TB, lab *labtest.Lab) (env map[string]string, calls string) {
	t.Helper()
	dir := t.TempDir()
	calls = filepath.Join(dir, "calls")
	script := `#!/bin/sh
for unit; do :; done
echo "$*" >>` + calls + `
name=${unit#etcd-}; name=${name%.service}
member=` + lab.Dir + `/members/$name
known() { test "etcd-$name.service" = "$unit" && test -d "$member"; }
case $1 in
show) known && echo LoadState=loaded || echo LoadState=not-found ;;
is-active) known && kill -0 "$(head -1 "$member/pid" 2>/dev/null)" 2>/dev/null && { echo active; exit 0; }; echo inactive; exit 3 ;;
stop) known || { echo "Failed to stop $unit: Unit $unit not loaded." >&2; exit 5; }; exec "$member/kill" ;;
start) known || { echo "Failed to start $unit: Unit $unit not found." >&2; exit 5; }
	if test -e ` + dir + `/$name.env; then
		. ` + dir + `/$name.env
		ETCD_EXTRA_ARGS="--initial-cluster-state $ETCD_INITIAL_CLUSTER_STATE --initial-cluster $ETCD_INITIAL_CLUSTER"
		export ETCD_EXTRA_ARGS
	fi
	exec "$member/start" ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"PATH": dir + ":" + os.Getenv("PATH")}, calls
}

// unitInput is a member that systemd runs.
func unitInput(m labtest.Member) object {
	in := memberInput(m)
	delete(in, "stop")
	delete(in, "start")
	in["systemd_unit"] = "etcd-" + m.Name + ".service"
	return in
}

// kubelet stands in for a kubelet: while a member's manifest is in its folder,
// the member runs, with the flags of the manifest that a replacement sets.
type kubelet struct {
	folder  string
	members []labtest.Member
}

// startKubelet takes the lab's members over from the lab.
func startKubelet(t *testing.T, lab *labtest.Lab) kubelet {
	t.Helper()
	k := kubelet{filepath.Join(t.TempDir(), "manifests"), lab.Etcd.Members}
	if err := os.Mkdir(k.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, m := range k.members {
		manifest := fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: etcd-%[1]s}
spec:
  containers:
  - name: etcd
    command: [etcd, --name=%[1]s, --data-dir=/var/lib/etcd, "--initial-advertise-peer-urls=%[2]s", "--advertise-client-urls=%[3]s"]
    volumeMounts:
    - {name: data, mountPath: /var/lib/etcd}
  volumes:
  - {name: data, hostPath: {path: %[4]s}}
`, m.Name, m.PeerURL, m.ClientURL, m.DataDir)
		if err := os.WriteFile(k.manifest(m), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				k.sync(t)
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
	return k
}

func (k kubelet) manifest(m labtest.Member) string { return filepath.Join(k.folder, m.Name+".yaml") }

// input is a member that the kubelet runs; the manifest says the rest.
func (k kubelet) input(m labtest.Member) object {
	return object{"name": m.Name, "static_pod": k.manifest(m), "pid_file": m.PidFile}
}

func (k kubelet) sync(t *testing.T) {
	for _, m := range k.members {
		data, err := os.ReadFile(k.manifest(m))
		want, is := err == nil, runs(m)
		if want == is {
			continue
		}
		cmd := exec.Command(m.Kill)
		if want {
			cmd = exec.Command(m.Start)
			cmd.Env = append(os.Environ(), "ETCD_EXTRA_ARGS="+clusterFlags(data))
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("kubelet: %v: %s", err, out)
		}
	}
}

func clusterFlags(manifest []byte) string {
	var pod struct {
		Spec struct{ Containers []struct{ Command []string } }
	}
	if err := yaml.Unmarshal(manifest, &pod); err != nil {
		return ""
	}
	var flags []string
	for _, arg := range pod.Spec.Containers[0].Command {
		if strings.HasPrefix(arg, "--initial-cluster") {
			flags = append(flags, arg)
		}
	}
	return strings.Join(flags, " ")
}

func runs(m labtest.Member) bool {
	data, err := os.ReadFile(m.PidFile)
	if err != nil {
		return false
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	pid, err := strconv.Atoi(line)
	return err == nil && unix.Kill(pid, 0) == nil
}

// listenEnv makes the test binary a server that listens there, and no more.
const listenEnv = "DRPLAN_TEST_LISTEN"

func listen(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		conn.Close()
	}
}

// apiServer is a dependent: a real process that listens.
type apiServer struct{ url, pid, start, stop string }

func startAPIServer(t *testing.T) apiServer {
	t.Helper()
	addr := closed(t)
	u, err := url.Parse(addr)
	if err != nil {
		t.Fatal(err)
	}
	a := apiServer{url: addr, pid: filepath.Join(t.TempDir(), "pid")}
	a.start = fmt.Sprintf("%s=%s setsid %s -test.run='^$' >/dev/null 2>&1 & echo $! >%s", listenEnv, u.Host, os.Args[0], a.pid)
	a.stop = fmt.Sprintf("kill -9 $(cat %s); while kill -0 $(cat %[1]s) 2>/dev/null; do sleep 0.01; done", a.pid)
	a.launch(t)
	t.Cleanup(func() { _ = exec.Command("sh", "-c", a.stop).Run() })
	return a
}

// launch returns when it listens.
func (a apiServer) launch(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("sh", "-c", a.start).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	a.await(t)
}

func (a apiServer) await(t *testing.T) {
	t.Helper()
	for begun := time.Now(); !a.listens(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Error("the server does not listen")
			return
		}
	}
}

func (a apiServer) listens() bool {
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(a.url, "https://"), time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func (a apiServer) process(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(a.pid)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

func (a apiServer) input(differ object) object {
	return with(object{"name": "kube-apiserver", "url": a.url, "pid_file": a.pid, "stop": a.stop, "start": a.start}, differ)
}
