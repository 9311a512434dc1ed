package appconfig

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// held is a finalizer on an object of the application, and less patience with it.
var held = drilltest.Swap(lose, lose+"\n            timeout: 10s").And(drilltest.Before("lose", `- step: Somebody's controller wants a word
  command: [kubectl, patch, -n, drill-config, configmap/settings, --type, merge, -p, '{"metadata":{"finalizers":["example.com/never"]}}']`))

const lose = "kube_delete: {kind: Namespace, name: drill-config, must_exist: true, orphans: fail}"

func TestFaultsFitPlan(t *testing.T) {
	drilltest.Edits{"held by a finalizer": held, "stored elsewhere": storedAt("s3://elsewhere/")}.Fit(t, scenario)
}

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

// TestKilledHalfWay: drplan dies by SIGKILL while S3 takes a bundle, while the
// namespace goes, and while the application is deployed again. Nothing is asked for
// twice: the S3 server's access log and the API server's audit log say so.
func TestKilledHalfWay(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	user, logged := d.As(labtest.Administrators), d.Lab.S3.AccessSize(t)
	bundles := func(suffix string) int { return d.Lab.S3.Taken(t, logged, suffix+".bundle") }
	d.KillWhen(
		func(ev drilltest.Event) bool {
			return drilltest.Started("second_upload")(ev) && d.Until("S3 has it", func() bool { return bundles("-2") > 0 })
		},
		func(ev drilltest.Event) bool {
			return drilltest.Started("lose")(ev) && d.Until("it is asked to go", func() bool { return user.Count(t, "delete namespaces") > 0 })
		},
		drilltest.Started("deploy"),
	)
	r := d.Resume()
	r.Succeeded(t)
	if got := user.Count(t, "delete namespaces"); got != 2 {
		t.Errorf("the namespace was deleted %d times, want 2: by the disaster and the cleanup", got)
	}
	for _, suffix := range []string{"-1", "-2"} {
		if got := bundles(suffix); got != 1 {
			t.Errorf("S3 took the bundle %s %d times, want once", suffix, got)
		}
	}
	if r.RTO.Split["down"] <= 0 {
		t.Errorf("the time in which drplan was dead is not in the RTO: %+v", r.RTO)
	}
}

// TestRefused: what must not run has changed nothing. By the API server's audit log
// and the S3 server's access log it did not even ask for it.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ group, bundles, says string }{
		"no permissions": {"drplan-test", "s3://etcd-backups/" + labtest.Name("refused") + "/", "create namespaces"},
		"no such bucket": {labtest.Administrators, "s3://" + labtest.Name("no-such-bucket") + "/", "no-such-bucket"},
	} {
		t.Run(name, func(t *testing.T) {
			d := drill(t)
			user, logged := d.As(c.group), d.Lab.S3.AccessSize(t)
			d.Edit(storedAt(c.bundles))
			d.Run().Refused(t, c.says)
			for _, w := range user.Writes(t) {
				t.Errorf("the API server was asked to %s", w)
			}
			place := strings.TrimPrefix(c.bundles, "s3:/") // others have the server, too
			for _, r := range d.Lab.S3.Requests(t, logged) {
				if strings.HasPrefix(r.Key+"/", place) && r.Changes() {
					t.Errorf("S3 was asked to change something: %+v", r)
				}
			}
		})
	}
}

// storedAt is the drill with its bundles elsewhere.
func storedAt(folder string) drilltest.Edit {
	return drilltest.Swap("s3://etcd-backups/app-config-drill/", folder)
}
