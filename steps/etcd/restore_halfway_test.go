package etcd

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestRestoreTakenUpThatCannotStop: a run was killed between two exchanges, and
// the next one's stop command fails. What is dead all the same is put back; on
// what runs no folder is moved, and it is said what state they are in.
func TestRestoreTakenUpThatCannotStop(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	write(t, lab, "/after", 5)
	healthy(t, lab)
	input := restoreInput(lab, file, nil)
	broken := restoreInput(lab, file, nil)
	for _, m := range broken["members"].([]object) {
		m["stop"] = "echo no such host >&2; exit 1"
	}
	v := victim{Kind: Restore().Type, Input: stepstest.JSON(t, input), Dir: t.TempDir(), Point: "swapped m1"}
	v.die(t)
	v.Input = stepstest.JSON(t, broken)

	m3 := lab.Etcd.Members[2] // it has its old data still
	labtest.Sh(t, m3.Start)
	_, _, err := v.resume(t)
	if err == nil || !strings.Contains(err.Error(), "no such host") || !strings.Contains(err.Error(), "start no member") || !strings.Contains(err.Error(), ".old-") {
		t.Errorf("error %v", err)
	}
	if state, err := loadState(v.Dir); err != nil || state.Stage != swapping {
		t.Fatalf("state %+v, error %v", state, err)
	}
	labtest.Sh(t, m3.Kill)

	_, _, err = v.resume(t)
	if err == nil || !strings.Contains(err.Error(), "the old data directories are in place") || !strings.Contains(err.Error(), "m1 ("+lab.Etcd.Members[0].Start+")") {
		t.Errorf("error %v", err)
	}
	for _, m := range lab.Etcd.Members {
		labtest.Sh(t, m.Start)
	}
	if keys := healthy(t, lab).Seen[0].Keys; keys != 15 {
		t.Errorf("%d keys: the old data are not back", keys)
	}
	if left := beside(t, lab, ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	v.Input = stepstest.JSON(t, input)
	if _, _, err := v.resume(t); err != nil {
		t.Fatal(err)
	}
	if keys := healthy(t, lab).Seen[0].Keys; keys != 10 {
		t.Errorf("%d keys, want the 10 of the snapshot", keys)
	}
}

// TestOwner: both kinds leave folders that a server which is not root can use.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/data", 10)
	file := takeSnapshot(t, lab)
	healthy(t, lab)
	owned := func(m labtest.Member) object { return with(memberInput(m), object{"owner": "1234:5678"}) }

	failed := lab.Etcd.Members[1]
	labtest.Sh(t, failed.Kill)
	if err := os.RemoveAll(failed.DataDir); err != nil {
		t.Fatal(err)
	}
	input := replaceInput(lab, nil)
	input["member"].(object)["owner"] = "1234:5678"
	mustPerform(t, Replace(), input)
	belongs(t, failed.DataDir)
	healthy(t, lab)

	var members []object
	for _, m := range lab.Etcd.Members {
		members = append(members, owned(m))
	}
	kill(t, lab, true)
	mustPerform(t, Restore(), restoreInput(lab, file, object{"members": members, "existing_data": "refuse"}))
	for _, m := range lab.Etcd.Members {
		belongs(t, m.DataDir)
		belongs(t, filepath.Join(m.DataDir, "member", "snap", "db"))
	}
	healthy(t, lab)
	nobody := with(members[0], object{"owner": "nobody-of-that-name"})
	if _, err := perform(t, Restore(), restoreInput(lab, file, object{"members": []object{nobody, members[1], members[2]}})); err == nil || !strings.Contains(err.Error(), "m1: owner:") {
		t.Errorf("error %v", err)
	}
	healthy(t, lab)
}

func belongs(t *testing.T, path string) {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil || st.Uid != 1234 || st.Gid != 5678 {
		t.Errorf("%s belongs to %d:%d, error %v, want 1234:5678", path, st.Uid, st.Gid, err)
	}
}
