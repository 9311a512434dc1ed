package multiregion

import (
	"testing"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// between is the drill with a second region that can be lost, too.
func between(t *testing.T) (*drilltest.Drill, region) {
	d := drill(t)
	second := newRegion(t, d.Lab)
	d.Args = append(d.Args, "--param", "secondary="+second.name)
	return d, second
}

// TestS3DownDuringRestore: the other region's S3 server goes away just when the
// restore begins, and comes back after that has failed. The next attempt restores.
func TestS3DownDuringRestore(t *testing.T) {
	d, second := between(t)
	defer d.LeavesNothing()()
	d.Edit(drilltest.Before("restore", lose(second)))
	r := d.During("restore", func() {
		d.AwaitEvent("attempt_ended", "restore")
		second.gate.Open()
	})
	r.Succeeded(t)
	if n := r.Step("restore").Attempts; n != 2 {
		t.Errorf("it took %d attempts, want 2", n)
	}
}

// TestS3StaysDown: what no attempt could restore fails, and the error says what of
// the backup could not be had. Nothing is left once S3 is back.
func TestS3StaysDown(t *testing.T) {
	d, second := between(t)
	defer d.LeavesNothing()()
	d.Edit(staysDown(second))
	d.Run().FailedAt(t, "restore", "error getting object")
}

func staysDown(r region) drilltest.Edit {
	return drilltest.Before("restore", lose(r)).And(drilltest.Before("give_back", giveBack(r)))
}

// TestFaultsFitPlan: what the faults change in the plan is still there.
func TestFaultsFitPlan(t *testing.T) {
	drilltest.Edits{"S3 stays down": staysDown(region{gate: &labtest.Gate{File: "shut"}})}.Fit(t, scenario)
}

func lose(r region) string {
	return "- step: The other region answers no more\n  command: [touch, " + r.gate.File + "]"
}

func giveBack(r region) string {
	return "- step: Give the other region back\n  command: [rm, -f, " + r.gate.File + "]"
}

// TestReadOnly: a location that nothing can be written to is seen before anything
// is done.
func TestReadOnly(t *testing.T) {
	d, second := between(t)
	velero := veleroClient(t, d.Lab)
	location := &velerov1.BackupStorageLocation{}
	key := client.ObjectKey{Namespace: d.Lab.Cluster.VeleroNamespace, Name: second.name}
	if err := velero.Get(t.Context(), key, location); err != nil {
		t.Fatal(err)
	}
	location.Spec.AccessMode = velerov1.BackupStorageLocationAccessModeReadOnly
	if err := velero.Update(t.Context(), location); err != nil {
		t.Fatal(err)
	}
	user := d.As(labtest.Administrators)
	d.Run().Refused(t, "the BackupStorageLocation "+second.name+" is ReadOnly: set its accessMode to ReadWrite")
	for _, w := range user.Writes(t) {
		t.Errorf("the API server was asked to %s", w)
	}
}
