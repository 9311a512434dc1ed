package velero

import (
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

func TestBackupOfANamespace(t *testing.T) {
	w := newWorld(t)
	in := w.run("back_up")
	var said []string
	in.Progress = func(msg string) { said = append(said, msg) }
	step := decode(t, Backup(), object{"include_namespaces": []string{w.namespace}, "ttl": "1h", "labels": object{"test": "x"}})
	for _, c := range step.(steps.Preflighter).Preflight(t.Context(), in) {
		if c.Err != nil {
			t.Errorf("preflight %s: %v", c.Name, c.Err)
		}
	}
	out, err := step.Run(t.Context(), in)
	w.must(err)
	stepstest.CheckOutputs(t, Backup(), out)
	var b velerov1.Backup
	w.must(w.Get(t.Context(), w.Key(out["backup"].(string)), &b))
	if out["backup"] != server.Name(in) || out["items"] != b.Status.Progress.ItemsBackedUp || out["items"].(int) < 2 || out["location"] != "default" {
		t.Errorf("outputs %v, backup %+v", out, b.Status)
	}
	if server.RunOf(&b) != w.runID || b.Labels["test"] != "x" || b.Spec.TTL.Duration != time.Hour {
		t.Errorf("labels %v, annotations %v, ttl %s", b.Labels, b.Annotations, b.Spec.TTL.Duration)
	}
	if len(said) == 0 {
		t.Error("it said nothing of its progress")
	}
	t.Logf("progress: %q", said)
	verdict, again, err := step.(steps.Reconciler).Reconcile(t.Context(), in)
	if verdict != steps.Done || err != nil || again["backup"] != out["backup"] {
		t.Errorf("reconciled as %s, %v, %v", verdict, again, err)
	}
	in.Attempt = 2
	if verdict, _, err := step.(steps.Reconciler).Reconcile(t.Context(), in); verdict != steps.NeverBegun || err != nil {
		t.Errorf("an attempt that was not made is %s, %v", verdict, err)
	}
}
