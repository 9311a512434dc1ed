package migration

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// TestKilledHalfWay: drplan dies by SIGKILL while the source is backed up, while it is
// shut down, while the target restores, and while customers are led there. It goes on
// each time, and nothing is asked for twice: the audit logs of both API servers say so.
func TestKilledHalfWay(t *testing.T) {
	if testing.Short() {
		t.Skip("a migration once more: make test-lab runs it")
	}
	d, both := drill(t)
	before := both.inventory(t)
	backups, restores := made(t, both.source.Cluster, "backups"), made(t, both.target.Cluster, "restores")
	d.KillWhen(
		func(ev drilltest.Event) bool {
			return drilltest.Started("backup")(ev) && d.Until("Velero is asked for both backups", func() bool { return backups() == 2 })
		},
		drilltest.Started("stop"),
		func(ev drilltest.Event) bool {
			return drilltest.Started("restore")(ev) && d.Until("Velero is asked for a restore", func() bool { return restores() > 0 })
		},
		drilltest.Started("switch"),
	)
	r := d.Resume()
	r.Succeeded(t)
	if b, r := backups(), restores(); b != 2 || r != 1 {
		t.Errorf("Velero was asked for %d backups and %d restores, want 2, an old one among them, and 1", b, r)
	}
	if r.RTO.Split["down"] <= 0 {
		t.Errorf("the time in which drplan was dead is not in the RTO: %+v", r.RTO)
	}
	both.same(t, before)
}

// made counts the objects of a kind of Velero's that a cluster's API server makes from
// now on.
func made(t *testing.T, cluster labtest.Kubernetes, resource string) func() int {
	since := cluster.AuditSize(t)
	return func() int {
		return cluster.Audited(t, since, func(ev labtest.AuditEvent) bool {
			return ev.Verb == "create" && ev.ObjectRef.Resource == resource && ev.ResponseStatus.Code == 201
		})
	}
}
