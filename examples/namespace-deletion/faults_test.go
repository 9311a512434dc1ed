package namespacedeletion

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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

// TestLostLaptop: the machine on which drplan runs is lost while Velero restores,
// and all that is left of the run is its mirror. Another machine takes it over,
// finds the restore that goes on, and asks for no second one.
func TestLostLaptop(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	mirror := d.Mirror()
	before := d.Lab.Cluster.AuditSize(t)
	d.KillWhen(func(ev drilltest.Event) bool {
		return drilltest.Started("restore")(ev) && awaitRestore(t, d, before) && d.Mirrored(mirror, "restore")
	})
	d.LoseLaptop().Succeeded(t)
	if got := restores(t, d.Lab, before); got != 1 {
		t.Errorf("Velero was asked for %d restores, want 1", got)
	}
}

// TestInterrupted: Ctrl-C while Velero restores what cannot become whole. The drill
// stops the restore, which would hold up the deletion of its backup and everybody
// else's restores, and cleans up.
func TestInterrupted(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	// The pod waits for its settings, which are not restored, and Velero for the pod.
	d.Edit(
		drilltest.Before("orders", `- step: Its pod needs its settings
  command: |
    kubectl patch -n drill-shop deployment/shop --type=json -p '[{"op":"add","path":"/spec/template/spec/volumes/-","value":{"name":"settings","configMap":{"name":"settings"}}}]'
    kubectl rollout status -n drill-shop deployment/shop --timeout=2m`),
		drilltest.Swap(`include_namespaces: ["${params.namespace}"]}`, `include_namespaces: ["${params.namespace}"], exclude_resources: [configmaps], isolation: {policy: deny_all}}`),
	)
	before := d.Lab.Cluster.AuditSize(t)
	r := d.InterruptDuring("restore", func() { awaitRestore(t, d, before); awaitVolume(t, d) })
	if said := r.Step("restore"); r.Code != 130 || said.Error == nil || !strings.Contains(*said.Error, "it was stopped, and has ended ") {
		t.Errorf("exit code %d, the restore says %+v", r.Code, said)
	} else {
		t.Log(*said.Error)
	}
}

// awaitVolume waits until a restore has a volume to write.
func awaitVolume(t *testing.T, d *drilltest.Drill) {
	asked := d.Lab.Cluster.Client(t)
	d.Until("a volume is to be written", func() bool {
		list := &unstructured.UnstructuredList{}
		list.SetAPIVersion("velero.io/v1")
		list.SetKind("PodVolumeRestoreList")
		return asked.List(t.Context(), list) == nil && len(list.Items) > 0
	})
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
