package datadir

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func onlyRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
}

// ownerOf is a folder's owner with the mode's low twelve bits.
func ownerOf(t *testing.T, path string) Owner {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return Owner{UID: int(st.Uid), GID: int(st.Gid), Mode: st.Mode & 0o7777}
}

func TestOwner(t *testing.T) {
	onlyRoot(t)
	dir := t.TempDir()
	live := filepath.Join(dir, "etcd")
	folder(t, live, "old")
	if err := os.Chown(live, 1234, 5678); err != nil {
		t.Fatal(err)
	}
	if err := unix.Chmod(live, 0o2750); err != nil {
		t.Fatal(err)
	}
	p := plan(t, live)
	folder(t, p.Fresh+"/member", "new")
	if err := p.Owner.Give(p.Fresh); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{p.Fresh, p.Fresh + "/member/data"} {
		if got := ownerOf(t, path); got.UID != 1234 || got.GID != 5678 {
			t.Errorf("%s belongs to %d:%d", path, got.UID, got.GID)
		}
	}
	if got := ownerOf(t, p.Fresh).Mode; got != 0o2750 {
		t.Errorf("mode %o, want that of the old one, 2750", got)
	}
}

func TestParseOwner(t *testing.T) {
	base := Owner{UID: 1, GID: 2, Mode: 0o700}
	tests := []struct {
		text     string
		uid, gid int
		bad      bool
	}{
		{"", 1, 2, false},
		{"0:0", 0, 0, false},
		{"root", 0, 0, false},
		{"4321:8765", 4321, 8765, false},
		{"nobody-of-that-name", 0, 0, true},
	}
	for _, tt := range tests {
		got, err := base.Parse(tt.text)
		if (err != nil) != tt.bad || err == nil && (got.UID != tt.uid || got.GID != tt.gid || got.Mode != 0o700) {
			t.Errorf("%q: %+v, error %v", tt.text, got, err)
		}
	}
}

// TestLabel: on a machine with SELinux a server may not open files that carry
// the label of whoever restored them.
func TestLabel(t *testing.T) {
	live := filepath.Join(t.TempDir(), "etcd")
	folder(t, live, "old")
	const label = "system_u:object_r:container_file_t:s0\x00"
	if err := unix.Setxattr(live, labelAttr, []byte(label), 0); err != nil {
		t.Skipf("this user or this file system sets no SELinux label: %v", err)
	}
	p := plan(t, live)
	folder(t, p.Fresh+"/member", "new")
	if err := p.Owner.Give(p.Fresh); err != nil {
		t.Fatal(err)
	}
	if err := p.Forward(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{live, live + "/member/data"} {
		if got, err := readLabel(path); err != nil || got != label {
			t.Errorf("%s has the label %q, error %v, want %q", path, got, err, label)
		}
	}
}

func TestCheckSaysWhoMayGiveFilesAway(t *testing.T) {
	p := plan(t, filepath.Join(t.TempDir(), "etcd"))
	p.Owner.UID = os.Geteuid() + 1
	err := p.Check()
	if root := os.Geteuid() == 0; root != (err == nil) || err != nil && !strings.Contains(err.Error(), "run drplan as root") {
		t.Errorf("error %v", err)
	}
}
