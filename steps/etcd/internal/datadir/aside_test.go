package datadir

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAsideFromEveryState: whatever a crash left, an empty folder stands there
// in the end, with the owner and mode of the old one.
func TestAsideFromEveryState(t *testing.T) {
	states := []struct {
		name  string
		crash func(t *testing.T, p Place)
	}{
		{"nothing done", func(*testing.T, Place) {}},
		{"moved aside", func(t *testing.T, p Place) { rename(t, p.Live, p.Old) }},
		{"an empty folder made", func(t *testing.T, p Place) {
			rename(t, p.Live, p.Old)
			mkdir(t, p.Live)
		}},
	}
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			live := filepath.Join(dir, "etcd")
			folder(t, live, "old")
			if err := unix.Chmod(live, 0o2750); err != nil {
				t.Fatal(err)
			}
			if os.Geteuid() == 0 { // else its owner is ours, before and after
				if err := unix.Chown(live, 1234, 5678); err != nil {
					t.Fatal(err)
				}
				if err := unix.Chmod(live, 0o2750); err != nil {
					t.Fatal(err)
				}
			}
			want := ownerOf(t, live)
			p := plan(t, live)
			s.crash(t, p)
			for range 2 { // done twice is done once
				if err := p.Aside(); err != nil {
					t.Fatal(err)
				}
			}
			if empty, err := Empty(live); err != nil || !empty {
				t.Errorf("empty %v, error %v", empty, err)
			}
			if got := ownerOf(t, live); got != want {
				t.Errorf("owner and mode %+v, want %+v", got, want)
			}
			if got := world(t, dir)["etcd.old-t/data"]; got != "old" {
				t.Errorf("the old data: %q", got)
			}
		})
	}
}

// TestAsideWhereNothingWas: a server that is not root cannot make its folder.
func TestAsideWhereNothingWas(t *testing.T) {
	onlyRoot(t)
	live := filepath.Join(t.TempDir(), "lib", "etcd")
	p := plan(t, live)
	var err error
	if p.Owner, err = p.Owner.Parse("1234:5678"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Aside(); err != nil {
			t.Fatal(err)
		}
	}
	if got := ownerOf(t, live); got.UID != 1234 || got.GID != 5678 || got.Mode != 0o700 {
		t.Errorf("owner and mode %+v", got)
	}
	if kept := p.Kept(); kept != "" {
		t.Errorf("kept %q, and nothing was there", kept)
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

// mount mounts a file system of its own at dir, or skips the test.
func mount(t *testing.T, dir string) {
	t.Helper()
	mkdir(t, dir)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mounting a file system needs more rights: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// bind mounts a folder of the same file system at dir, or skips the test.
func bind(t *testing.T, dir string) {
	t.Helper()
	mkdir(t, dir)
	if err := syscall.Mount(t.TempDir(), dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("binding a folder needs more rights: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// readOnly makes what is mounted at dir refuse to be written, even by root.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}
