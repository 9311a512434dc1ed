package etcd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestRestoreRefusesToForkWhatOnlyTheSnapshotKnows: a member that is dead and
// wiped knows of no other, but the snapshot does.
func TestRestoreRefusesToForkWhatOnlyTheSnapshotKnows(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 5)
	file := takeSnapshot(t, lab)
	lost := lab.Etcd.Members[0]
	labtest.Sh(t, lost.Kill)
	if err := os.RemoveAll(lost.DataDir); err != nil {
		t.Fatal(err)
	}
	before := starts(t, lab)
	for _, differ := range []object{{}, {"beside_original": true}} {
		input := restoreInput(lab, file, with(object{"members": []object{memberInput(lost)}}, differ))
		run := stepstest.NewRun(t)
		if err := checkOf(t, stepstest.Decode(t, Restore(), input), run.Run, "no_fork"); err == nil || !strings.Contains(err.Error(), "etcd_member_replace") {
			t.Errorf("%v: preflight: %v", differ, err)
		}
		_, err := stepstest.Decode(t, Restore(), input).Run(t.Context(), run.Run)
		if err == nil || !steps.IsFinal(err) || !strings.Contains(err.Error(), " runs (https:") || !strings.Contains(err.Error(), "etcd_member_replace") {
			t.Errorf("%v: error %v", differ, err)
		}
	}
	if after := starts(t, lab); after != before {
		t.Errorf("%d members were started", after-before)
	}
	if _, err := os.Stat(lost.DataDir); err == nil {
		t.Error("it was restored")
	}
}

// TestRestoreBesideTheOriginal: a copy elsewhere is made only when it is asked
// for by name.
func TestRestoreBesideTheOriginal(t *testing.T) {
	lab := labtest.Shared(t)
	write(t, lab, t.Name(), 5)
	file := takeSnapshot(t, lab)
	dir := filepath.Join(t.TempDir(), "copy")
	input := object{"from": file, "start": false, "members": []object{{
		"name": "copy", "data_dir": dir, "peer_url": closed(t), "stop": []string{"true"},
	}}}
	_, err := perform(t, Restore(), input)
	if err == nil || !strings.Contains(err.Error(), "beside_original") {
		t.Errorf("error %v", err)
	}
	mustPerform(t, Restore(), with(input, object{"beside_original": true}))
	if _, err := os.Stat(filepath.Join(dir, "member", "snap", "db")); err != nil {
		t.Error(err)
	}
}

// checkOf is what preflight says under a check's name; the test fails when it
// has no such check.
func checkOf(t *testing.T, step steps.Step, run *steps.Run, name string) error {
	t.Helper()
	checks := step.(steps.Preflighter).Preflight(t.Context(), run)
	for _, c := range checks {
		if c.Name == name {
			return c.Err
		}
	}
	t.Fatalf("no check %s in %+v", name, checks)
	return nil
}
