package etcd

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/stepstest"
)

// mountOver makes dir a mount point, with the content that it had.
func mountOver(t *testing.T, dir string) {
	t.Helper()
	behind := dir + "-disk"
	if err := os.Rename(dir, behind); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(behind, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("binding a folder needs more rights: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// moveWAL gives a stopped member a --wal-dir of its own.
func moveWAL(t *testing.T, m labtest.Member) string {
	t.Helper()
	wal := m.DataDir + "-wal"
	if err := os.Rename(filepath.Join(m.DataDir, "member", "wal"), wal); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.ArgsFile, []byte("--wal-dir\n"+wal+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return wal
}

// TestRestoreOntoMounts: m1 has a --wal-dir, m2 has one that is a mount point,
// and m3's --data-dir is one.
func TestRestoreOntoMounts(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	write(t, lab, "/after", 5)
	healthy(t, lab)
	m1, m2, m3 := lab.Etcd.Members[0], lab.Etcd.Members[1], lab.Etcd.Members[2]
	kill(t, lab, false)
	wals := []string{moveWAL(t, m1), moveWAL(t, m2)}
	mountOver(t, wals[1])
	mountOver(t, m3.DataDir)
	for _, m := range lab.Etcd.Members {
		labtest.Sh(t, m.Start)
	}
	if keys := healthy(t, lab).Seen[0].Keys; keys != 15 {
		t.Fatalf("%d keys", keys)
	}
	input := restoreInput(lab, file, nil)
	members := input["members"].([]object)
	members[0]["wal_dir"], members[1]["wal_dir"] = wals[0], wals[1]

	// Undone first: the old data must be where they were.
	run := stepstest.NewRun(t)
	v := victim{Kind: Restore().Type, Input: stepstest.JSON(t, input), Dir: run.Dir, Point: "swapped m2", Block: true}
	v.die(t)
	if _, err := stepstest.Decode(t, Restore(), input).Run(t.Context(), run.Run); err == nil {
		t.Fatal("something stood in the way of the exchange, and it succeeded")
	}
	for _, m := range lab.Etcd.Members {
		labtest.Sh(t, m.Start)
	}
	if keys := healthy(t, lab).Seen[0].Keys; keys != 15 {
		t.Fatalf("%d keys: the old data are not back", keys)
	}
	for _, dir := range beside(t, lab, ".old-*") {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}

	for _, at := range []string{"restored m2", "swapped m2"} { // and killed in it
		v = victim{Kind: Restore().Type, Input: stepstest.JSON(t, input), Dir: t.TempDir(), Point: at}
		v.die(t)
		if _, out, err := v.resume(t); err != nil || len(out["old_dirs"].([]string)) != 5 {
			t.Fatalf("%s: outputs %v, error %v", at, out, err)
		}
		if keys := healthy(t, lab).Seen[0].Keys; keys != 10 {
			t.Errorf("%s: %d keys, want the 10 of the snapshot", at, keys)
		}
	}
	for _, dir := range []string{wals[1], m3.DataDir} {
		old, _ := filepath.Glob(dir + "/.old-*/*")
		left, _ := filepath.Glob(dir + "/.new-*")
		if len(old) == 0 || len(left) > 0 {
			t.Errorf("%s: old data %v, left behind %v", dir, old, left)
		}
	}
}
