package etcd

import (
	"os"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestRestoreKilledAnywhere kills the process at every stage, asks what became
// of the step and runs it again: the same end, whatever the stage.
func TestRestoreKilledAnywhere(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	input := stepstest.JSON(t, restoreInput(lab, file, nil))
	points := []struct {
		at      string
		verdict steps.Verdict
	}{
		{"stopping", steps.Running},
		{"restoring", steps.Running},
		{"restored m2", steps.Running},
		{"swapping", steps.Running},
		{"swapped m1", steps.Running},
		{"swapped m3", steps.Running},
		{"starting", steps.Running},
		{"started m2", steps.Running},
		{"complete", steps.Done},
	}
	for _, p := range points {
		t.Run(p.at, func(t *testing.T) {
			healthy(t, lab)
			write(t, lab, "/since", 3)
			removeOld(t, lab)
			v := victim{Kind: Restore().Type, Input: input, Dir: t.TempDir(), Point: p.at}
			v.die(t)
			verdict, out, err := v.resume(t)
			if err != nil || verdict != p.verdict {
				t.Fatalf("verdict %s, want %s; error %v", verdict, p.verdict, err)
			}
			stepstest.CheckOutputs(t, Restore(), out)
			if keys := healthy(t, lab).Seen[0].Keys; keys != 10 {
				t.Errorf("%d keys, want the 10 of the snapshot", keys)
			}
			if old := beside(t, lab, ".old-*"); len(old) != 3 {
				t.Errorf("old data: %v, want one for each member", old)
			}
			if left := beside(t, lab, ".new-*"); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func removeOld(t *testing.T, lab *labtest.Lab) {
	t.Helper()
	for _, dir := range beside(t, lab, ".old-*") {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRestoreThatFailsForOneStartsNone(t *testing.T) {
	tests := []struct {
		name, at string
		sabotage func(*testing.T, memberPlace)
	}{
		{"no room made beside it", "restoring", func(t *testing.T, p memberPlace) {
			if err := os.MkdirAll(p.Data.Root+"/occupied", 0o700); err != nil {
				t.Error(err)
			}
		}},
		{"it cannot be moved aside", "swapping", func(t *testing.T, p memberPlace) {
			if err := os.MkdirAll(p.Data.Old+"/occupied", 0o700); err != nil {
				t.Error(err)
			}
		}},
	}
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	write(t, lab, "/after", 5)
	before := healthy(t, lab).Seen[0]
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := stepstest.NewRun(t)
			started := starts(t, lab)
			reached = func(where string) {
				if where == tt.at {
					state, err := loadState(run.Dir)
					if err != nil {
						t.Error(err)
						return
					}
					tt.sabotage(t, state.Places[2])
				}
			}
			defer func() { reached = func(string) {} }()
			_, err := stepstest.Decode(t, Restore(), restoreInput(lab, file, nil)).Run(t.Context(), run.Run)
			if err == nil || !strings.Contains(err.Error(), "m3") || !strings.Contains(err.Error(), "no member was started") {
				t.Errorf("error %v", err)
			}
			if got := starts(t, lab); got != started {
				t.Errorf("%d members were started", got-started)
			}
			for _, m := range lab.Etcd.Members {
				labtest.Sh(t, m.Start)
			}
			after := healthy(t, lab).Seen[0]
			if after.Keys != before.Keys || after.ClusterID != before.ClusterID || after.HashKV != before.HashKV {
				t.Errorf("the old data are not back: before %+v, after %+v", before, after)
			}
		})
	}
}

// TestRestoreKilledWhileUndoing: what was being put back is put back, never
// exchanged after all.
func TestRestoreKilledWhileUndoing(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	v := victim{
		Kind: Restore().Type, Input: stepstest.JSON(t, restoreInput(lab, file, nil)), Dir: t.TempDir(),
		Block: true, Point: "undone m1",
	}
	v.die(t)
	for _, dir := range beside(t, lab, ".old-*/occupied") {
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := v.resume(t); err != nil {
		t.Fatal(err)
	}
	if keys := healthy(t, lab).Seen[0].Keys; keys != 10 {
		t.Errorf("%d keys, want 10", keys)
	}
}
