package datadir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var mounts = map[string]func(*testing.T, string){"a file system": mount, "a bind mount of the same one": bind}

func TestMountIsExchangedWithin(t *testing.T) {
	for name, at := range mounts {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "etcd data")
			at(t, dir)
			folder(t, filepath.Join(dir, "member"), "old")
			p := plan(t, dir)
			folder(t, p.Fresh, "new")
			if err := p.Forward(); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"member/data": "new", ".old-t/member/data": "old"}
			if diff := cmp.Diff(want, world(t, dir)); diff != "" {
				t.Error(diff)
			}
			if err := p.Back(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"member/data": "old"}, world(t, dir)); diff != "" {
				t.Error(diff)
			}
			if err := p.Aside(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{".old-t/member/data": "old"}, world(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMountWithoutInnerFolder: a folder of write-ahead logs has its files in it.
func TestMountWithoutInnerFolder(t *testing.T) {
	for name, at := range mounts {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "wal")
			at(t, dir)
			fill(t, dir, "old", "0.wal", "1.wal", lostAndFound)
			p := planEach(t, dir)
			fill(t, p.Fresh, "new", "0.wal", "2.wal")
			if err := p.Forward(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(exchanged, world(t, dir)); diff != "" {
				t.Error(diff)
			}
			if p.Kept() != filepath.Join(dir, ".old-t") {
				t.Errorf("kept %q", p.Kept())
			}
			if err := p.Back(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(asItWas, world(t, dir)); diff != "" {
				t.Error(diff)
			}
			if err := p.Aside(); err != nil {
				t.Fatal(err)
			}
			if empty, err := movable(dir); err != nil || len(empty) > 0 {
				t.Errorf("left: %v, error %v", empty, err)
			}
		})
	}
}

var (
	asItWas   = map[string]string{"0.wal": "old 0.wal", "1.wal": "old 1.wal", lostAndFound: "old lost+found"}
	exchanged = map[string]string{
		"0.wal": "new 0.wal", "2.wal": "new 2.wal", lostAndFound: "old lost+found",
		".old-t/0.wal": "old 0.wal", ".old-t/1.wal": "old 1.wal",
	}
)

func fill(t *testing.T, dir, what string, names ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(what+" "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func planEach(t *testing.T, dir string) Place {
	t.Helper()
	p, err := Plan(dir, "", "t")
	if err != nil || p.In == "" || !p.Had {
		t.Fatalf("%+v, error %v", p, err)
	}
	return p
}

// TestEachFromEveryState: each of the renames of an exchange one by one, out
// and back, may be the last before a crash.
func TestEachFromEveryState(t *testing.T) {
	forth := []string{
		"mkdir .old-t", "0.wal .old-t/0.wal", "1.wal .old-t/1.wal", ".new-t .in-t",
		".in-t/0.wal 0.wal", ".in-t/2.wal 2.wal", "rmdir .in-t",
	}
	back := []string{
		"mkdir .in-t", "0.wal .in-t/0.wal", "2.wal .in-t/2.wal", ".in-t .new-t",
		".old-t/0.wal 0.wal", ".old-t/1.wal 1.wal", "rmdir .new-t", "rmdir .old-t",
	}
	for n := range len(forth) + len(back) + 1 {
		for _, forward := range []bool{true, false} {
			if forward && n > len(forth) {
				continue // who has begun to go back does not go forward
			}
			dir := t.TempDir()
			fill(t, dir, "old", "0.wal", "1.wal", lostAndFound)
			p := within(dir, "", "t")
			p.Had, p.Owner = true, ownerOf(t, dir)
			fill(t, p.Fresh, "new", "0.wal", "2.wal")
			for _, op := range append(append([]string{}, forth...), back...)[:n] {
				apply(t, dir, op)
			}
			do, want := p.Forward, exchanged
			if !forward {
				do, want = p.Back, asItWas
			}
			for range 2 { // done twice is done once
				if err := do(); err != nil {
					t.Fatalf("%d renames, forward %v: %v", n, forward, err)
				}
			}
			if diff := cmp.Diff(want, world(t, dir)); diff != "" {
				t.Errorf("%d renames, forward %v: %s", n, forward, diff)
			}
			if left, _ := filepath.Glob(dir + "/.[in]*"); len(left) > 0 {
				t.Errorf("%d renames, forward %v: left %v", n, forward, left)
			}
		}
	}
}

// apply is one operation in dir: "mkdir D", "rmdir D" with all in it, "FROM TO".
func apply(t *testing.T, dir, op string) {
	t.Helper()
	a, b, _ := strings.Cut(op, " ")
	switch a {
	case "mkdir":
		mkdir(t, filepath.Join(dir, b))
	case "rmdir":
		if err := os.RemoveAll(filepath.Join(dir, b)); err != nil {
			t.Fatal(err)
		}
	default:
		rename(t, filepath.Join(dir, a), filepath.Join(dir, b))
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, "new", "0.wal")
	fill(t, filepath.Join(dir, ".old-t"), "old", "0.wal")
	p := within(dir, "", "t")
	p.Had, p.Owner = true, ownerOf(t, dir)
	if err := p.Aside(); err == nil || !strings.Contains(err.Error(), "file exists") && !strings.Contains(err.Error(), "already exists") {
		t.Errorf("error %v", err)
	}
	if got := world(t, dir)[".old-t/0.wal"]; got != "old 0.wal" {
		t.Errorf("the old data: %q", got)
	}
}

func TestMountedAt(t *testing.T) {
	const table = `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
37 35 98:0 / /var/lib/etcd\040data rw - ext4 /dev/sdb rw
`
	for dir, want := range map[string]bool{"/mnt2": true, "/mnt1": false, "/var/lib/etcd data": true, "/var/lib": false} {
		if got := mountedAt(table, dir); got != want {
			t.Errorf("%s: %v", dir, got)
		}
	}
}

func TestCheckFindsWhatCannotBeWritten(t *testing.T) {
	sealed := filepath.Join(t.TempDir(), "sealed")
	mount(t, sealed)
	live := filepath.Join(sealed, "etcd")
	if err := plan(t, live).Check(); err != nil {
		t.Error(err)
	}
	readOnly(t, sealed)
	if err := plan(t, live).Check(); err == nil || !strings.Contains(err.Error(), sealed) {
		t.Errorf("error %v", err)
	}
}
