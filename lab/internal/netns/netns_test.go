package netns

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTidyRemovesOnlyWhatIsEmpty(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	dir := filepath.Join(t.TempDir(), "netns")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	used := filepath.Join(dir, "somebody")
	if err := os.WriteFile(used, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tidy(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(used); err != nil {
		t.Fatal("what somebody uses was removed")
	}
	if err := os.Remove(used); err != nil {
		t.Fatal(err)
	}
	if err := tidy(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the empty folder is still there")
	}
	if err := tidy(dir); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestMakeIsRepeatableAndRemoveLeavesNothing(t *testing.T) {
	if _, err := exec.LookPath("ip"); err != nil || os.Geteuid() != 0 {
		t.Skip("making a network namespace needs root and iproute2")
	}
	n := Node{Name: "drplan-test", HostIP: "10.223.255.1", NodeIP: "10.223.255.2", Networks: "10.223.0.0/16"}
	t.Cleanup(func() {
		if err := n.Remove(t.Context()); err != nil {
			t.Error(err)
		}
	})
	// A Make that was killed half way has left the file alone.
	if err := os.MkdirAll("/run/netns", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(n.Path(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := n.Make(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("ip", "netns", "exec", n.Name, "cat", "/proc/sys/net/ipv4/ip_forward").Output(); err != nil || string(out) != "1\n" {
		t.Errorf("forwarding in the namespace: %q, %v", out, err)
	}
	if out, err := exec.Command("ip", "route", "get", "10.223.0.9").Output(); err != nil || len(out) == 0 {
		t.Errorf("no route to the pods: %v", err)
	}
	if err := n.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n.Exists() || exec.Command("ip", "link", "show", "dev", n.Name).Run() == nil {
		t.Error("the namespace or its link is still there")
	}
}
