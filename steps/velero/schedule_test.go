package velero

import (
	"context"
	"slices"
	"strings"
	"testing"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// scheduled is a schedule's name, which is deleted when the test ends.
func (w *world) scheduled() string {
	name := labtest.Name("drplan-test")
	w.lab.Cluster.Client(w.t) // fails here rather than in the cleanup
	w.t.Cleanup(func() {
		w.drop(context.Background(), &velerov1.Schedule{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name}})
	})
	return name
}

func (w *world) schedule(input object) steps.Outputs {
	w.t.Helper()
	out, err := decode(w.t, Schedule(), input).Run(w.t.Context(), w.run("schedule"))
	w.must(err)
	stepstest.CheckOutputs(w.t, Schedule(), out)
	return out
}

func changed(out steps.Outputs, name string) bool {
	return slices.Contains(out["changed"].([]string), name)
}

func TestScheduleLife(t *testing.T) {
	w := newWorld(t)
	name := w.scheduled()
	create := object{"action": "create", "name": name, "cron": "0 0 1 1 *", "include_namespaces": []string{w.namespace}, "ttl": "2h", "volumes": "none", "labels": object{"tier": "gold"}}
	if out := w.schedule(create); !changed(out, name) {
		t.Errorf("created: %v", out)
	}
	if out := w.schedule(create); changed(out, name) {
		t.Errorf("created again: %v", out)
	}
	for _, tt := range []struct {
		action string
		want   bool
	}{{"pause", true}, {"pause", false}, {"unpause", true}, {"unpause", false}, {"pause", true}} {
		if out := w.schedule(object{"action": tt.action, "name": name}); changed(out, name) != tt.want {
			t.Errorf("%s: %v, want changed %v", tt.action, out, tt.want)
		}
	}
	var s velerov1.Schedule
	w.must(w.Get(t.Context(), w.Key(name), &s))
	if !s.Spec.Paused || s.Spec.Template.TTL.Duration.Hours() != 2 || s.Status.Phase != velerov1.SchedulePhaseEnabled || len(s.Annotations) > 0 {
		t.Errorf("schedule %+v", s)
	}
	out := w.schedule(object{"action": "run_now", "name": name})
	var b velerov1.Backup
	w.must(w.Get(t.Context(), w.Key(out["backup"].(string)), &b))
	if out["phase"] != "Completed" || b.Labels[velerov1.ScheduleNameLabel] != name || b.Labels["tier"] != "gold" || b.Spec.TTL.Duration.Hours() != 2 {
		t.Errorf("ran: %v, backup %+v", out, b)
	}
	found, err := decode(t, Latest(), object{"schedule": name}).Run(t.Context(), w.run("find"))
	if err != nil || found["backup"] != b.Name || found["schedule"] != name || found[steps.OutBackupRun] != w.runID {
		t.Errorf("found %v, %v", found, err)
	}
	verdict, again, err := decode(t, Schedule(), object{"action": "run_now", "name": name}).(steps.Reconciler).Reconcile(t.Context(), w.run("schedule"))
	if verdict != steps.Done || err != nil {
		t.Errorf("reconciled as %s, %v", verdict, err)
	}
	stepstest.CheckOutputs(t, Schedule(), again)
	from := w.backup("from", object{"from_schedule": name, "labels": object{"more": "x"}})
	w.must(w.Get(t.Context(), w.Key(from["backup"].(string)), &b))
	if b.Labels["tier"] != "gold" || b.Labels["more"] != "x" || from["items"] != out["items"] {
		t.Errorf("velero_backup from_schedule: %v, %v", from, b.Labels)
	}
}

func TestScheduleThatVeleroRefuses(t *testing.T) {
	w := newWorld(t)
	name := w.scheduled()
	step := decode(t, Schedule(), object{"action": "create", "name": name, "cron": "99 0 1 1 *"})
	w.fails(step, w.run("s"), true, "schedule "+name+" is refused by Velero: ", "99")
}

// TestScheduleOfOthers: what another tool set otherwise is not overwritten.
func TestScheduleOfOthers(t *testing.T) {
	w := newWorld(t)
	name := w.scheduled()
	w.must(w.Create(t.Context(), &velerov1.Schedule{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name},
		Spec:       velerov1.ScheduleSpec{Schedule: "0 0 1 2 *", Paused: true},
	}))
	step := decode(t, Schedule(), object{"action": "create", "name": name, "cron": "0 0 1 1 *"})
	w.fails(step, w.run("s"), true, "the Schedule "+name+" is there and others keep it otherwise", ".spec.schedule")
}

func TestScheduleThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	for _, action := range []string{"pause", "run_now"} {
		step := decode(t, Schedule(), object{"action": action, "name": "drplan-not-there"})
		w.fails(step, w.run("s"), false, "there is no Schedule drplan-not-there in the namespace velero")
		if c := w.check(step, w.run("s"), checkSchedule); c.Err == nil || !c.Defer {
			t.Errorf("%s: %+v", action, c)
		}
	}
	drill := w.run("s")
	drill.Mode = "drill"
	w.fails(decode(t, Schedule(), object{"action": "pause", "name": "x"}), drill, true, "a drill must not change the namespace velero")
}

func TestScheduleConforms(t *testing.T) {
	w := newWorld(t)
	name := w.scheduled()
	w.schedule(object{"action": "create", "name": name, "cron": "0 0 1 1 *", "paused": true, "include_namespaces": []string{w.namespace}})
	stepstest.Conform(t, Schedule(), stepstest.Case{
		Input:       func(*testing.T) any { return object{"action": "pause", "name": name} },
		Set:         func(in *steps.Run) { in.RunID, in.Cluster, in.Mode = w.runID, w.cluster, "recovery" },
		Fingerprint: w.fingerprint,
	})
	if !strings.Contains(w.fingerprint(), name) {
		t.Error("the fingerprint would not tell")
	}
}
