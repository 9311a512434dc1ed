package mountns

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func namespace(t *testing.T) Namespace {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("making a mount namespace needs root")
	}
	n := Namespace{Dir: filepath.Join(t.TempDir(), "ns")}
	t.Cleanup(func() {
		if err := n.Remove(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func TestMountsInsideAreNotSeenOutside(t *testing.T) {
	n := namespace(t)
	at := t.TempDir()
	setup := func() error {
		if err := unix.Mount("tmpfs", at, "tmpfs", 0, ""); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(at, "inside"), []byte("yes"), 0o600)
	}
	if err := n.Make(setup); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(at, "inside")); err == nil {
		t.Error("the mount is seen outside")
	}
	out, err := n.Command("cat", filepath.Join(at, "inside")).CombinedOutput()
	if err != nil || string(out) != "yes" {
		t.Errorf("inside: %q, %v", out, err)
	}
	if err := n.Make(func() error { return errors.New("made again") }); err != nil {
		t.Error(err)
	}
	if err := n.Remove(); err != nil || n.Exists() {
		t.Errorf("after Remove it exists: %v, %v", n.Exists(), err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || strings.Contains(string(mounts), n.Dir) {
		t.Errorf("still mounted, or %v", err)
	}
}

func TestASetupThatFailsLeavesNothing(t *testing.T) {
	n := namespace(t)
	if err := n.Make(func() error { return errors.New("no such disk") }); err == nil || !strings.Contains(err.Error(), "no such disk") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(n.Dir); n.Exists() || err == nil {
		t.Error("something is left")
	}
}
