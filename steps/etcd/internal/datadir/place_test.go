package datadir

import (
	"os"
	"path/filepath"
	"strings"
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
