package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bin makes a folder with a program in it, for the PATH of a step's env.
func bin(t *testing.T, name, script string) string {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, name), "#!/bin/sh\n"+script)
	if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestProgramsAreFoundOnTheStepsPATH, not on drplan's own: the check and the
// run look at the same place.
func TestProgramsAreFoundOnTheStepsPATH(t *testing.T) {
	c := Control{Stop: argv("drplan-test-stop-etcd")}
	x := executor(t)
	for _, err := range []error{c.Check(t.Context(), x), c.Halt(t.Context(), x)} {
		if !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("error %v", err)
		}
	}
	x.Environ = append(x.Environ, "PATH="+bin(t, "drplan-test-stop-etcd", "exit 0"))
	for _, err := range []error{c.Check(t.Context(), x), c.Halt(t.Context(), x)} {
		if err != nil {
			t.Error(err)
		}
	}
	x.Environ = append(x.Environ, "PATH=/nonexistent")
	if err := c.Halt(t.Context(), x); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

func TestUnitThatSystemdDoesNotKnow(t *testing.T) {
	// What systemctl of systemd 252 prints.
	known := bin(t, "systemctl", `[ "$*" = "show -p LoadState etcd.service" ] && echo LoadState=loaded || echo LoadState=not-found`)
	broken := bin(t, "systemctl", `echo "System has not been booted with systemd as init system (PID 1)." >&2; exit 1`)
	tests := []struct{ path, unit, want string }{
		{known, "etcd.service", ""},
		{known, "etdc.service", "unit etdc.service is not-found"},
		{broken, "etcd.service", "not been booted with systemd"},
	}
	for _, tt := range tests {
		x := executor(t)
		x.Environ = append(x.Environ, "PATH="+tt.path+":/usr/bin:/bin")
		err := Control{SystemdUnit: tt.unit}.Check(t.Context(), x)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %v, want %q", tt.unit, err, tt.want)
		}
		if left, _ := os.ReadDir(x.Dir); len(left) > 0 {
			t.Errorf("the check left %v", left)
		}
	}
}

// TestTidy: what commands wrote may hold secrets, and goes; the rest stays.
func TestTidy(t *testing.T) {
	x := executor(t)
	c := Control{Stop: script("echo hunter2"), Start: script("echo hunter2")}
	if err := errors.Join(c.Halt(t.Context(), x), c.Launch(t.Context(), x, nil, nil)); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(x.Dir, "restore.json"), "{}")
	if logs, _ := os.ReadDir(x.Dir); len(logs) != 3 {
		t.Fatalf("the folder has %v", logs)
	}
	for range 2 {
		if err := Tidy(x.Dir); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(x.Dir); len(left) != 1 || left[0].Name() != "restore.json" {
		t.Errorf("left: %v", left)
	}
	if err := Tidy(filepath.Join(x.Dir, "none")); err != nil {
		t.Error(err)
	}
}
