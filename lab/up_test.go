package lab_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drplan/drplan/lab"
)

func TestLifeOfALab(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 500)
	before := processes(t, l)
	for name, s := range healthy(t, dir) {
		if name != "s3" && (s.Keys != 500 || s.DBBytes == 0 || s.Revision < 2) {
			t.Errorf("%+v: want 500 keys, a size and a revision", s)
		}
	}
	t.Run("the env file serves a shell", func(t *testing.T) { theEnvFileServesAShell(t, dir) })
	t.Run("clients need a certificate", func(t *testing.T) { clientsNeedACertificate(t, l) })

	mustRun(t, l.Etcd.Members[1].Kill)
	if all, code := status(t, dir); code != 1 || all["m2"].Healthy || all["m2"].PID != 0 || !all["m1"].Healthy {
		t.Errorf("with m2 dead: exit %d, %+v", code, all)
	}
	up(t, dir, 500)
	after := processes(t, l)
	for name := range before {
		if same := before[name] == after[name]; same == (name == "m2") {
			t.Errorf("%s: process %d before the repair, %d after; only m2 may change", name, before[name], after[name])
		}
	}
	if s := healthy(t, dir)["m2"]; s.Keys != 500 {
		t.Errorf("after the repair m2 has %d keys, want the 500 that it had", s.Keys)
	}
	if n := starts(t, l.Etcd.Members[1].Process); n != 2 {
		t.Errorf("m2 has %d starts on record, want 2", n)
	}
	if n := len(portsHeld(t, dir)); n != 7 {
		t.Errorf("%d ports on record, want 7", n)
	}
	mustRun(t, command, "down", "--dir", dir)
	nothingLeft(t, l, after)
	if r := run(t, command, "down", "--dir", dir); r.code != 0 || !strings.Contains(r.stderr, "nothing to take down") {
		t.Errorf("a second down: exit %d, %q", r.code, r.stderr)
	}
}

func nothingLeft(t *testing.T, l *lab.Lab, pids map[string]int) {
	t.Helper()
	for name, pid := range pids {
		if running(pid) {
			t.Errorf("%s still runs as process %d", name, pid)
		}
	}
	if _, err := os.Stat(l.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there (%v)", err)
	}
	if held := portsHeld(t, l.Dir); len(held) > 0 {
		t.Errorf("ports %v are still on record", held)
	}
}

func theEnvFileServesAShell(t *testing.T, dir string) {
	if got := shell(t, dir, `etcdctl get /registry/ --prefix --keys-only | grep -c ^/registry/`); got != "500" {
		t.Errorf("etcdctl counts %q keys, want 500", got)
	}
	if got := shell(t, dir, `etcd etcdutl version`); !strings.Contains(got, "etcdutl version: 3.7") {
		t.Errorf("etcdutl by argument says %q", got)
	}
	if got := shell(t, dir, `ETCDCTL_ENDPOINTS="${ETCD_ENDPOINTS%%,*}" etcdctl snapshot save "$LAB_DIR/snap" >&2; etcdutl snapshot status "$LAB_DIR/snap" -w fields`); !strings.Contains(got, `"Keys" : 500`) {
		t.Errorf("etcdutl says %q of a snapshot", got)
	}
	if got := shell(t, dir, `echo "$AWS_ENDPOINT_URL $AWS_REGION $S3_BUCKET $AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY"`); len(strings.Fields(got)) != 4 {
		t.Errorf("S3's variables are %q", got)
	}
}

func clientsNeedACertificate(t *testing.T, l *lab.Lab) {
	config, err := l.TLS()
	if err != nil {
		t.Fatal(err)
	}
	get := func() error {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
		resp, err := client.Get(l.Etcd.Endpoints[0] + "/health")
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := get(); err != nil {
		t.Errorf("with the certificate: %v", err)
	}
	config = config.Clone()
	config.Certificates = nil
	if get() == nil {
		t.Error("a client without a certificate got an answer")
	}
	resp, err := http.Get(l.S3.Endpoint + "/" + l.S3.Bucket)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("an unsigned S3 request got status %d, want 403", resp.StatusCode)
	}
}

func TestLabsStandSideBySide(t *testing.T) {
	t.Parallel()
	dirs := []string{folder(t), folder(t)}
	var both sync.WaitGroup
	for _, dir := range dirs {
		both.Go(func() {
			if r := run(t, command, "up", "--etcd-only", "--keys", "0", "--dir", dir); r.code != 0 {
				t.Errorf("exit %d: %s", r.code, r.stderr)
			}
		})
	}
	both.Wait()
	for _, dir := range dirs {
		healthy(t, dir)
	}
	mustRun(t, command, "down", "--dir", dirs[0])
	healthy(t, dirs[1])
}

// TestUpKilledHalfWay kills up as soon as a given file is there, and wants the
// next up, or down, to cope.
func TestUpKilledHalfWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, then string }{
		{".drplan-lab.lock", "up"},
		{"lab.json", "up"},
		{"bin/lab", "down"},
		{"members/m1/pid", "up"},
		{"members/m3/pid", "down"},
		{"s3/pid", "up"},
	} {
		t.Run(c.then+" after "+strings.ReplaceAll(c.at, "/", " "), func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			killUpAt(t, dir, c.at)
			if c.then == "up" {
				up(t, dir, 50)
				healthy(t, dir)
				return
			}
			mustRun(t, command, "down", "--dir", dir)
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("the folder is still there (%v)", err)
			}
			noServerMentions(t, dir)
		})
	}
}

func killUpAt(t *testing.T, dir, file string) {
	t.Helper()
	cmd := exec.Command(command, "up", "--etcd-only", "--keys", "50", "--dir", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Microsecond) {
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("%s did not appear", file)
			break
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
}

// noServerMentions looks for processes whose arguments name the folder.
func noServerMentions(t *testing.T, dir string) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lines) == 0 {
		t.Fatalf("no processes to look at: %v", err)
	}
	for _, line := range lines {
		if args, err := os.ReadFile(line); err == nil && strings.Contains(string(args), dir) {
			t.Errorf("%s: %s", line, strings.ReplaceAll(string(args), "\x00", " "))
		}
	}
}

func TestResetBeginsAnew(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 300)
	shell(t, dir, `etcdctl put /registry/extra x; etcdctl del /registry/pods --prefix`)
	mustRun(t, command, "reset", "--dir", dir)
	if s := healthy(t, dir)["m1"]; s.Keys != 300 {
		t.Errorf("%d keys after the reset, want the 300 of the fill", s.Keys)
	}
	if again := load(t, dir); again.Etcd.Endpoints[0] != l.Etcd.Endpoints[0] {
		t.Error("the reset moved the endpoints")
	}
}

func TestUpFillsInWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	up(t, dir, 100)
	deleted := shell(t, dir, `etcdctl del /registry/pods --prefix`)
	if deleted == "0" {
		t.Fatal("there was nothing to delete")
	}
	up(t, dir, 200)
	s := healthy(t, dir)["m1"]
	if s.Keys != 200 {
		t.Errorf("%d keys, want 200", s.Keys)
	}
	up(t, dir, 200)
	if again := healthy(t, dir)["m1"]; again.Revision != s.Revision {
		t.Errorf("a fill of what is there moved the revision from %d to %d", s.Revision, again.Revision)
	}
}

func TestUpRefusesAMemberThatLostItsData(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 10)
	m := l.Etcd.Members[1]
	mustRun(t, m.Kill)
	if err := os.RemoveAll(m.DataDir); err != nil {
		t.Fatal(err)
	}
	r := run(t, command, "up", "--etcd-only", "--dir", dir)
	if r.code != 3 || !strings.Contains(r.stderr, "[m2] have lost their data") || !strings.Contains(r.stderr, "lab reset") {
		t.Errorf("exit %d, %q", r.code, r.stderr)
	}
	if n := starts(t, m.Process); n != 1 {
		t.Errorf("m2 was started all the same: %d starts", n)
	}
	mustRun(t, command, "reset", "--dir", dir)
	healthy(t, dir)
}

func TestAForeignFolderIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"up", "--etcd-only"}, {"down"}} {
		if r := run(t, command, append(args, "--dir", dir)...); r.code != 3 || !strings.Contains(r.stderr, "something else") {
			t.Errorf("%v: exit %d, %q", args, r.code, r.stderr)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 || entries[0].Name() != "precious" {
		t.Errorf("the folder now holds %v", entries)
	}
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"up", "--keys", "5"}, 2, "--etcd-only"},
		{[]string{"up", "--stage", "nosuch"}, 2, "--stage"},
		{[]string{"up", "--etcd-only", "--stage", "machine"}, 2, "--stage"},
		{[]string{"up", "--etcd-only", "--keys", "-1"}, 2, "--keys"},
		{[]string{"up", "--etcd-only", "--name", "../x"}, 2, "--name"},
		{[]string{"up", "--nosuch"}, 2, "nosuch"},
		{[]string{"up", "--etcd-only", "surplus"}, 2, "surplus"},
		{[]string{"nosuch"}, 2, "nosuch"},
		{[]string{"build", "nosuch"}, 2, "nosuch"},
		{[]string{"member", "start"}, 2, "arg"},
		{[]string{"status", "-o", "xml", "--dir", t.TempDir()}, 2, "json"},
		{[]string{"status", "--dir", t.TempDir()}, 3, "no lab in"},
		{[]string{"reset", "--dir", t.TempDir()}, 3, "no lab in"},
	} {
		if r := run(t, command, c.args...); r.code != c.code || !strings.Contains(r.stderr, c.says) {
			t.Errorf("lab %s: exit %d, %q; want %d and %q", strings.Join(c.args, " "), r.code, r.stderr, c.code, c.says)
		}
	}
}

func TestBuildPrintsPaths(t *testing.T) {
	t.Parallel()
	out := mustRun(t, command, "build", "--print", "etcd")
	for line := range strings.Lines(out) {
		var name, path string
		if _, err := fmt.Sscanf(line, "%s %s", &name, &path); err != nil || filepath.Base(path) != name {
			t.Errorf("line %q", line)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(out, "\n"); n != 3 {
		t.Errorf("%d lines, want etcd, etcdctl and etcdutl:\n%s", n, out)
	}
}
