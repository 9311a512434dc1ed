package namespacedeletion

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// TestKilledHalfWay: drplan dies by SIGKILL three times: while Velero backs up, while
// the namespace goes, and while Velero restores. The run goes on where it was, and
// nothing was asked for twice: the API server's audit log says so, not our journal.
func TestKilledHalfWay(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	user := d.As(labtest.Administrators)
	asked := func(step, what string) func(drilltest.Event) bool {
		return func(ev drilltest.Event) bool {
			return drilltest.Started(step)(ev) && d.Until(what, func() bool { return user.Count(t, what) > 0 })
		}
	}
	d.KillWhen(asked("first_backup", "create backups"), asked("lose", "delete namespaces"), asked("restore", "create restores"))
	r := d.Resume()
	r.Succeeded(t)
	for what, want := range map[string]int{
		"create backups": 2, "create restores": 1,
		"delete namespaces": 2, // the disaster's, and the cleanup's
	} {
		if got := user.Count(t, what); got != want {
			t.Errorf("%s: %d times, want %d", what, got, want)
		}
	}
	if r.RTO.Split["down"] <= 0 {
		t.Errorf("the time in which drplan was dead is not in the RTO: %+v", r.RTO)
	}
}

// TestVeleroRestarted: Velero's server is killed while it restores. It gives up
// the restore that it had under way when it starts again; the next attempt takes
// away what that one left, and restores.
func TestVeleroRestarted(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	before := d.Lab.Cluster.AuditSize(t)
	r := d.During("restore", func() {
		awaitRestore(t, d, before)
		killVelero(t, d.Lab)
	})
	r.Succeeded(t)
	if got := restores(t, d.Lab, before); got != r.Step("restore").Attempts {
		t.Errorf("Velero was asked for %d restores in %d attempts", got, r.Step("restore").Attempts)
	}
}

func awaitRestore(t *testing.T, d *drilltest.Drill, since int64) bool {
	return d.Until("a restore is made", func() bool { return restores(t, d.Lab, since) > 0 })
}

// restores counts the restores of this example that the API server was asked to
// make.
func restores(t *testing.T, lab *labtest.Lab, since int64) int {
	return lab.Cluster.Audited(t, since, func(ev labtest.AuditEvent) bool {
		return ev.Verb == "create" && ev.ObjectRef.Resource == "restores" && ev.ResponseStatus.Code == 201 &&
			strings.Contains(ev.ObjectRef.Name, "accidental-deletion")
	})
}

// killVelero kills the server's pod, with no time to put things in order.
func killVelero(t *testing.T, lab *labtest.Lab) {
	asked := lab.Cluster.Client(t)
	pods := &corev1.PodList{}
	err := asked.List(t.Context(), pods, client.InNamespace(lab.Cluster.VeleroNamespace), client.MatchingLabels{"deploy": "velero"})
	if err != nil || len(pods.Items) == 0 {
		t.Errorf("no pod of Velero's server: %v", err)
	}
	for i := range pods.Items {
		if err := asked.Delete(t.Context(), &pods.Items[i], client.GracePeriodSeconds(0)); err != nil {
			t.Error(err)
		}
	}
}
