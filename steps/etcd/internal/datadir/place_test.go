package datadir

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folder makes a folder with one file that says what it is.
func folder(t *testing.T, dir, content string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// world is what lies in a folder: path → content.
func world(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, dir+"/")] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func plan(t *testing.T, live string) Place {
	t.Helper()
	p, err := Plan(live, "member", "t")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestExchangeFromEveryState: whatever a crash left between the renames,
// Forward and Back lead to the same ends.
func TestExchangeFromEveryState(t *testing.T) {
	states := []struct {
		name  string
		crash func(t *testing.T, p Place)
	}{
		{"nothing renamed", func(*testing.T, Place) {}},
		{"old moved aside", func(t *testing.T, p Place) { rename(t, p.Live, p.Old) }},
		{"exchanged", func(t *testing.T, p Place) { rename(t, p.Live, p.Old); rename(t, p.Fresh, p.Live) }},
	}
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			for _, forward := range []bool{true, false} {
				dir := t.TempDir()
				live := filepath.Join(dir, "etcd")
				folder(t, live, "old")
				p := plan(t, live)
				folder(t, p.Fresh, "new")
				s.crash(t, p)
				do, want := p.Forward, map[string]string{"etcd/data": "new", "etcd.old-t/data": "old"}
				if !forward {
					do, want = p.Back, map[string]string{"etcd/data": "old"}
				}
				for range 2 { // done twice is done once
					if err := do(); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(want, world(t, dir)); diff != "" {
					t.Errorf("forward %v: %s", forward, diff)
				}
			}
		})
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestExchangeWhereNothingWas(t *testing.T) {
	dir := t.TempDir()
	p := plan(t, filepath.Join(dir, "etcd"))
	folder(t, p.Fresh, "new")
	if err := p.Forward(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"etcd/data": "new"}, world(t, dir)); diff != "" || p.Kept() != "" {
		t.Errorf("kept %q, %s", p.Kept(), diff)
	}
	if err := p.Back(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestClearKeepsWhatHoldsData(t *testing.T) {
	dir := t.TempDir()
	live := filepath.Join(dir, "etcd")
	folder(t, live, "old")
	p := plan(t, live)
	folder(t, p.Fresh, "new")
	if err := p.Forward(); err != nil {
		t.Fatal(err)
	}
	if err := p.Clear(); err != nil {
		t.Fatal(err)
	}
	if p.Kept() != p.Old || world(t, dir)["etcd.old-t/data"] != "old" {
		t.Errorf("kept %q: %v", p.Kept(), world(t, dir))
	}
}

func TestAsideLeavesAnEmptyFolderOfTheSameOwner(t *testing.T) {
	dir := t.TempDir()
	live := filepath.Join(dir, "etcd")
	folder(t, live, "old")
	p := plan(t, live)
	for range 2 {
		if err := p.Aside(); err != nil {
			t.Fatal(err)
		}
	}
	if empty, err := Empty(live); err != nil || !empty {
		t.Errorf("empty %v, error %v", empty, err)
	}
	if info, err := os.Stat(live); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("mode %v, error %v, want 0750", info.Mode(), err)
	}
	if got := world(t, dir)["etcd.old-t/data"]; got != "old" {
		t.Errorf("the old data: %q", got)
	}
}

func TestMountIsExchangedWithin(t *testing.T) {
	dir := t.TempDir()
	mount := filepath.Join(dir, "etcd")
	if err := os.Mkdir(mount, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mounting a file system needs more rights: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(mount, syscall.MNT_DETACH) })
	folder(t, filepath.Join(mount, "member"), "old")
	p := plan(t, mount)
	folder(t, p.Fresh, "new")
	if err := p.Forward(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"member/data": "new", ".old-t/member/data": "old"}
	if diff := cmp.Diff(want, world(t, mount)); diff != "" {
		t.Error(diff)
	}
	if err := p.Back(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"member/data": "old"}, world(t, mount)); diff != "" {
		t.Error(diff)
	}
	if _, err := Plan(mount, "", "t"); err == nil || !strings.Contains(err.Error(), "mount point") {
		t.Errorf("without an inner folder: %v", err)
	}
}

func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	dir := t.TempDir()
	live := filepath.Join(dir, "etcd")
	folder(t, live, "old")
	if err := os.Chown(live, 1234, 5678); err != nil {
		t.Fatal(err)
	}
	p := plan(t, live)
	folder(t, p.Fresh+"/member", "new")
	if err := p.Owner.Give(p.Fresh); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{p.Fresh, p.Fresh + "/member/data"} {
		var st syscall.Stat_t
		if err := syscall.Stat(path, &st); err != nil || st.Uid != 1234 || st.Gid != 5678 {
			t.Errorf("%s belongs to %d:%d, error %v", path, st.Uid, st.Gid, err)
		}
	}
	if info, _ := os.Stat(p.Fresh); info.Mode().Perm() != 0o750 {
		t.Errorf("mode %v, want that of the old one, 0750", info.Mode())
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

func TestCheckSpaceAddsUpPerFileSystem(t *testing.T) {
	dir := t.TempDir()
	_, _, free, err := room(filepath.Join(dir, "not", "there"))
	if err != nil || free <= 0 {
		t.Fatalf("free %d, error %v", free, err)
	}
	part := free/3*2 + 1<<20
	if message, err := CheckSpace([]Need{{dir, part / 4}}); err != nil || message == "" {
		t.Errorf("message %q, error %v", message, err)
	}
	if _, err := CheckSpace([]Need{{dir, part}, {filepath.Join(dir, "b"), part}}); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("error %v: together they do not fit", err)
	}
}
