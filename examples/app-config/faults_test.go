package appconfig

import (
	"os/exec"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

// held is a finalizer on an object of the application, and less patience with it.
var held = drilltest.Swap(lose, lose+"\n            timeout: 10s").And(drilltest.Before("lose", `- step: Somebody's controller wants a word
  command: [kubectl, patch, -n, drill-config, configmap/settings, --type, merge, -p, '{"metadata":{"finalizers":["example.com/never"]}}']`))

const lose = "kube_delete: {kind: Namespace, name: drill-config, must_exist: true, orphans: fail}"

func TestFaultsFitPlan(t *testing.T) { drilltest.Edits{"held by a finalizer": held}.Fit(t, scenario) }

// TestFinalizerThatNeverGoes: a controller that is gone, too, holds an object of the
// namespace. The deletion says so at its deadline, and so does the cleanup, which
// does the rest once the finalizer was taken away.
func TestFinalizerThatNeverGoes(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	d.Args = append(d.Args, "--keep-on-failure")
	d.Edit(held)
	r := d.Run()
	r.FailedAt(t, "lose", "example.com/never")
	kubectl := exec.CommandContext(t.Context(), "sh", "-c", `kubectl patch -n drill-config configmap/settings --type merge -p '{"metadata":{"finalizers":null}}'`)
	kubectl.Env = d.Env
	if out, err := kubectl.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := d.Command("cleanup", r.RunID).CombinedOutput(); err != nil {
		t.Errorf("cleanup: %v\n%s", err, out)
	}
}
