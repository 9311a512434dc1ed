package process

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
	"golang.org/x/sys/unix"
)

func script(text string) steps.Command { return steps.Command{Script: text} }

func argv(words ...string) steps.Command { return steps.Command{Argv: words} }

func executor(t *testing.T) Exec {
	return Exec{Name: "m1", Dir: t.TempDir(), Environ: os.Environ()}
}

func TestCommandsRunAndSayWhy(t *testing.T) {
	x := executor(t)
	out := filepath.Join(x.Dir, "out")
	c := Control{Stop: script("echo no such server >&2; exit 3"), Start: script(`printf %s "$WHO" > ` + out)}
	if err := c.Halt(t.Context(), x); err == nil || !strings.Contains(err.Error(), "no such server") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error %v", err)
	}
	if err := c.Launch(t.Context(), x, map[string]string{"WHO": "me"}, nil); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(out); string(data) != "me" {
		t.Errorf("the command saw %q", data)
	}
}

func TestCommandLeavesAServerBehind(t *testing.T) {
	x := executor(t)
	pid := filepath.Join(x.Dir, "pid")
	begun := time.Now()
	if err := (Control{Start: script("sleep 60 & echo $! > " + pid)}).Launch(t.Context(), x, nil, nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it waited %s for what the command left behind", took)
	}
	w := NewWatch(Traces{PIDFile: pid})
	if trace, err := w.Running(t.Context()); err != nil || !strings.Contains(trace, "process") {
		t.Errorf("trace %q, error %v", trace, err)
	}
	killPID(t, pid)
	if err := w.AwaitDead(t.Context()); err != nil {
		t.Error(err)
	}
}

func killPID(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func TestCancelEndsACommandAndItsChildren(t *testing.T) {
	x := executor(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := (Control{Stop: script("sleep 61 & wait")}).Halt(ctx, x)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
}

func TestTracesOfARunningServer(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "db")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	holder := exec.Command("sh", "-c", "exec sleep 60 3>"+filepath.Join(dir, "held"))
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { holder.Process.Kill(); holder.Wait() })
	lock, err := os.Create(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	// What holds a folder is seen as soon as the shell has opened its file.
	for pid := 0; pid == 0; pid, _ = holderOf(t, dir) {
		time.Sleep(5 * time.Millisecond)
	}
	tests := []struct {
		name   string
		traces Traces
		want   string
	}{
		{"port", Traces{URLs: []string{"https://" + l.Addr().String()}}, "listens"},
		{"lock", Traces{LockFile: db}, "lock"},
		{"folder", Traces{Folders: []string{dir}}, "held"},
	}
	for _, tt := range tests {
		if trace, err := NewWatch(tt.traces).Running(t.Context()); err != nil || !strings.Contains(trace, tt.want) {
			t.Errorf("%s: trace %q, error %v", tt.name, trace, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := NewWatch(tests[0].traces).AwaitDead(ctx); err == nil || !strings.Contains(err.Error(), "still running") {
		t.Errorf("error %v", err)
	}
	l.Close()
	lock.Close()
	all := Traces{URLs: tests[0].traces.URLs, LockFile: db}
	if trace, err := NewWatch(all).Running(t.Context()); trace != "" || err != nil {
		t.Errorf("after its end: trace %q, error %v", trace, err)
	}
}

func holderOf(t *testing.T, dir string) (int, string) {
	t.Helper()
	if t.Context().Err() != nil {
		t.Fatal("the test ended")
	}
	return holder(dir)
}

func TestNothingProvesItDead(t *testing.T) {
	if trace, err := NewWatch(Traces{Folders: []string{t.TempDir()}}).Running(t.Context()); trace != "" || err == nil {
		t.Errorf("trace %q, error %v: an empty folder proves nothing", trace, err)
	}
}

func TestReusedPIDIsNotTheServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	if err := os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !readPIDFile(file).Alive() {
		t.Error("this process is not seen")
	}
	before := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, before, before); err != nil {
		t.Fatal(err)
	}
	if readPIDFile(file).Alive() {
		t.Error("a file written before this process began cannot mean it")
	}
}

func TestControlValidate(t *testing.T) {
	tests := []struct {
		name string
		c    Control
		bad  bool
	}{
		{"nothing", Control{}, false},
		{"commands", Control{Stop: script("a"), Start: script("b")}, false},
		{"two ways", Control{Stop: script("a"), SystemdUnit: "etcd"}, true},
		{"start alone", Control{Start: script("a")}, true},
	}
	for _, tt := range tests {
		if err := tt.c.Validate(false); (err != nil) != tt.bad {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := (Control{}).Halt(t.Context(), executor(t)); !errors.Is(err, ErrNoControl) {
		t.Errorf("error %v", err)
	}
}
