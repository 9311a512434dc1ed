package proc

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// childVariable makes the test binary play the part of a command that
// BecomeDetached turns into the server: the shell script it holds.
const childVariable = "PROC_TEST_SCRIPT"

func TestMain(m *testing.M) {
	script, child := os.LookupEnv(childVariable)
	if !child {
		os.Exit(m.Run())
	}
	spec := specIn(os.Getenv("PROC_TEST_DIR"))
	spec.Argv = []string{"/bin/sh", "-c", script}
	if script == "" {
		spec.Argv = []string{"/no/such/binary"}
	}
	if BecomeDetached(context.Background(), spec) != nil {
		os.Exit(1)
	}
}

func specIn(dir string) Spec {
	return Spec{
		Env:       os.Environ(),
		PIDFile:   filepath.Join(dir, "pid"),
		LogFile:   filepath.Join(dir, "log"),
		StartsLog: filepath.Join(dir, "starts.log"),
	}
}

// detach starts script as a server with its files in dir and kills it at the
// end of the test.
func detach(t *testing.T, dir, script string) error {
	t.Helper()
	t.Cleanup(func() { Kill(context.Background(), specIn(dir).PIDFile) })
	env := append(os.Environ(), childVariable+"="+script, "PROC_TEST_DIR="+dir)
	return Detach([]string{os.Args[0]}, env, specIn(dir).LogFile)
}

func starts(t *testing.T, dir string) int {
	t.Helper()
	data, err := os.ReadFile(specIn(dir).StartsLog)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}

const forever = "exec sleep 600"

func TestDetachedServerHasItsOwnSession(t *testing.T) {
	dir := t.TempDir()
	if err := detach(t, dir, forever); err != nil {
		t.Fatal(err)
	}
	id, alive := Alive(specIn(dir).PIDFile)
	if !alive {
		t.Fatal("it does not run")
	}
	group, err := syscall.Getpgid(id.PID)
	if err != nil || group != id.PID {
		t.Errorf("process group %d (%v), want its own, %d", group, err, id.PID)
	}
}

func TestManyStartsAtOnceMakeOneProcess(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := detach(t, dir, forever); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := starts(t, dir); n != 1 {
		t.Errorf("%d processes were started, want 1", n)
	}
}

func TestAServerThatCannotRunIsReported(t *testing.T) {
	dir := t.TempDir()
	err := detach(t, dir, "")
	if err == nil || !strings.Contains(err.Error(), "/no/such/binary") {
		t.Errorf("error %v, want one that names the binary", err)
	}
	if _, err := os.Stat(specIn(dir).PIDFile); err == nil {
		t.Error("a pid file is left")
	}
}

func TestStopAsksFirst(t *testing.T) {
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	armed := filepath.Join(dir, "armed")
	if err := detach(t, dir, "trap 'echo bye >"+said+"; exit' TERM; >"+armed+"; while :; do sleep 0.01; done"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, armed)
	id, alive := Alive(specIn(dir).PIDFile)
	if !alive {
		t.Fatal("it does not run")
	}
	if err := Stop(t.Context(), specIn(dir).PIDFile, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(said); err != nil {
		t.Error("it was not given the time to say good-bye")
	}
	gone(t, dir, id)
}

func TestStopKillsWhatDoesNotEnd(t *testing.T) {
	dir := t.TempDir()
	armed := filepath.Join(dir, "armed")
	if err := detach(t, dir, "trap '' TERM; >"+armed+"; while :; do sleep 0.01; done"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, armed)
	id, alive := Alive(specIn(dir).PIDFile)
	if !alive {
		t.Fatal("it does not run")
	}
	if err := Stop(t.Context(), specIn(dir).PIDFile, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	gone(t, dir, id)
}

func TestAStrangerIsNeverTouched(t *testing.T) {
	stranger := exec.Command("sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stranger.Process.Kill(); stranger.Wait() }()
	for name, act := range map[string]func(string) error{
		"stop": func(f string) error { return Stop(t.Context(), f, time.Second) },
		"kill": func(f string) error { return Kill(t.Context(), f) },
	} {
		id, err := identify(stranger.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		id.Start-- // the process that had this number before
		file := filepath.Join(t.TempDir(), "pid")
		if err := id.Record(file); err != nil {
			t.Fatal(err)
		}
		if err := act(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: the stale pid file is left", name)
		}
		if _, err := identify(stranger.Process.Pid); err != nil {
			t.Fatalf("%s ended a process of someone else", name)
		}
	}
}

func TestEndingNothingIsFine(t *testing.T) {
	for _, file := range []string{filepath.Join(t.TempDir(), "pid"), "/no/such/folder/pid"} {
		if err := Kill(t.Context(), file); err != nil {
			t.Errorf("kill %s: %v", file, err)
		}
	}
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Fatalf("%s did not appear", path)
}

func gone(t *testing.T, dir string, id Identity) {
	t.Helper()
	if _, err := identify(id.PID); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("process %d is still there (%v)", id.PID, err)
	}
	if _, err := os.Stat(specIn(dir).PIDFile); err == nil {
		t.Error("a pid file is left")
	}
}
