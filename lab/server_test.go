package lab_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestScriptsActOnOneServer(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 10)
	pids := processes(t, l)
	for name, p := range map[string]struct{ start, stop, url string }{
		"m2": {l.Etcd.Members[1].Start, l.Etcd.Members[1].Stop, l.Etcd.Members[1].ClientURL},
		"s3": {l.S3.Start, l.S3.Stop, l.S3.Endpoint},
	} {
		mustRun(t, p.start) // it runs: nothing happens
		if now := processes(t, l)[name]; now != pids[name] {
			t.Errorf("start of a running %s made process %d beside %d", name, now, pids[name])
		}
		mustRun(t, p.stop)
		mustRun(t, p.stop) // twice is fine
		if running(pids[name]) || listening(t, p.url) {
			t.Errorf("%s is still there after its stop", name)
		}
		if r := run(t, command, "member", "status", name, "--dir", dir); r.code != 1 {
			t.Errorf("member status of a stopped %s: exit %d", name, r.code)
		}
		mustRun(t, p.start)
	}
	healthy(t, dir)
	if r := run(t, command, "member", "start", "m9", "--dir", dir); r.code != 2 || !strings.Contains(r.stderr, "m1, m2, m3, s3") {
		t.Errorf("an unknown member: exit %d, %q", r.code, r.stderr)
	}
}

func TestAStartedServerSurvivesItsLaunchersProcessGroup(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 0)
	mustRun(t, l.Etcd.Members[0].Kill)
	// The launcher's group stays alive until it is killed as a whole.
	launcher := exec.Command("/bin/sh", "-c", `"$0"; echo started; sleep 600`, l.Etcd.Members[0].Start)
	launcher.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := launcher.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := launcher.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(-launcher.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	launcher.Wait()
	healthy(t, dir)
}

func TestExtraArgumentsReachEtcd(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 0)
	m := l.Etcd.Members[2]
	mustRun(t, m.Kill)
	if err := os.WriteFile(m.ArgsFile, []byte("--max-snapshots\n3\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start := exec.Command(m.Start)
	start.Env = append(os.Environ(), "ETCD_EXTRA_ARGS=--initial-cluster-state existing", "ETCD_NAME=other")
	if out, err := start.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	healthy(t, dir)
	pid := processes(t, l)["m3"]
	args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\x00--max-snapshots\x003\x00--initial-cluster-state\x00existing\x00"; !strings.HasSuffix(string(args), want) {
		t.Errorf("m3's arguments are %q, want them to end in %q", args, want)
	}
}

// TestDownSparesStrangers lets a pid file name a process that the lab did not
// start, as after a crash of the machine, when numbers are given anew.
func TestDownSparesStrangers(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 0)
	m := l.Etcd.Members[0]
	mustRun(t, m.Kill)
	stranger := exec.Command("sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stranger.Process.Kill(); stranger.Wait() }()
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	stale := fmt.Sprintf("%d\n1\n%s", stranger.Process.Pid, boot)
	for _, act := range [][]string{{m.Stop}, {m.Kill}, {command, "down", "--dir", dir}} {
		if err := os.WriteFile(m.PIDFile, []byte(stale), 0o600); err != nil {
			t.Fatal(err)
		}
		mustRun(t, act[0], act[1:]...)
		if !running(stranger.Process.Pid) {
			t.Fatalf("%v ended a process of someone else", act)
		}
	}
}

// TestAMemberThatCannotServeIsReported: up shows why, instead of waiting.
func TestAMemberThatCannotServeIsReported(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 0)
	m := l.Etcd.Members[0]
	mustRun(t, m.Kill)
	if err := os.WriteFile(m.ArgsFile, []byte("--cert-file\n/no/such/file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t, command, "up", "--etcd-only", "--keys", "0", "--dir", dir)
	if r.code != 3 || !strings.Contains(r.stderr, "m1 has ended before it served") || !strings.Contains(r.stderr, "/no/such/file") {
		t.Errorf("exit %d, %q", r.code, r.stderr)
	}
}
