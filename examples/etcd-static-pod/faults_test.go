package etcdstaticpod

import (
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

// TestKilledHalfWay: drplan dies by SIGKILL once the restore has begun to change
// something. The run goes on where it was: one old directory is set aside, not two.
func TestKilledHalfWay(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	d.KillWhen(func(ev drilltest.Event) bool {
		return drilltest.Started("restore")(ev) && d.Until("the restore has a record", func() bool {
			found, _ := filepath.Glob(filepath.Join(d.Runs, "*", "steps", "restore", "*.json"))
			return len(found) > 0
		})
	})
	r := d.Resume()
	r.Succeeded(t)
	if old := oldData(t, d); len(old) > 0 {
		t.Errorf("left behind: %v", old)
	}
	if r.RTO.Split["down"] <= 0 {
		t.Errorf("the time in which drplan was dead is not in the RTO: %+v", r.RTO)
	}
}
