package etcd

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/s3"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestEstimates: a snapshot by the member's database, a restore by its file.
func TestEstimates(t *testing.T) {
	lab := labtest.Shared(t)
	file := filepath.Join(t.TempDir(), "etcd.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 2*restoreRate); err != nil {
		t.Fatal(err)
	}
	size := healthy(t, lab).Seen[0].DBSize
	tests := []struct {
		name  string
		kind  steps.Kind
		input object
		want  time.Duration
	}{
		{"restore", Restore(), restoreInput(lab, file, nil), 2*time.Second + restartTime},
		{"restore without a start", Restore(), restoreInput(lab, file, object{"start": false}), 2 * time.Second},
		{"replace", Replace(), replaceInput(lab, nil), replaceTime},
		{"snapshot", Snapshot(s3.Upload()), with(lab.Etcd.Conn(), object{"to": file}), at(size, snapshotRate)},
	}
	for _, tt := range tests {
		got, err := stepstest.Decode(t, tt.kind, tt.input).(steps.Estimator).Estimate(t.Context(), stepstest.NewRun(t).Run)
		if off := got - tt.want; err != nil || off.Abs() > 100*time.Millisecond {
			t.Errorf("%s: %s, error %v, want %s", tt.name, got, err, tt.want)
		}
	}
	if _, err := stepstest.Decode(t, Restore(), restoreInput(lab, file+".none", nil)).(steps.Estimator).Estimate(t.Context(), stepstest.NewRun(t).Run); err == nil {
		t.Error("an estimate of a file that is not there")
	}
}
