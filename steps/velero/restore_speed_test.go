package velero

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// noticed is how soon the end of a restore must be known.
const noticed = 250 * time.Millisecond

// TestRestoreNoticesTheEnd holds the step's wait against a plain watch.
func TestRestoreNoticesTheEnd(t *testing.T) {
	s := backedUp(t)
	s.lose()
	run := s.run()
	r, err := s.step(nil).open(run.Run)
	s.ok(err)
	s.ok(r.findBackup(t.Context()))
	s.ok(r.findTargets(t.Context()))
	watcher, err := s.srv.Watch(t.Context(), &velerov1.RestoreList{}, s.srv.One(r.name)...)
	s.ok(err)
	defer watcher.Stop()
	ended := make(chan time.Time, 1)
	go func() {
		for ev := range watcher.ResultChan() {
			if o, ok := ev.Object.(*velerov1.Restore); ok && server.OfRestore(o.Status.Phase).Ended() {
				ended <- time.Now()
				return
			}
		}
	}()
	s.ok(s.srv.Create(t.Context(), r.object(t.Context(), false)))
	_, err = r.wait(t.Context())
	s.ok(err)
	late := time.Since(<-ended)
	t.Attr("noticed", fmt.Sprintf("%s after a plain watch", late.Round(time.Millisecond)))
	if late > noticed {
		t.Errorf("the end was noticed %s late, want at most %s", late, noticed)
	}
}

// TestRestoreOverhead compares the step with the command of Velero's, in turn, on
// the same backup.
func TestRestoreOverhead(t *testing.T) {
	s := backedUp(t)
	const rounds = 3
	var step, command time.Duration
	for range rounds {
		s.lose()
		begun := time.Now()
		if _, err := s.step(nil).Run(t.Context(), s.run().Run); err != nil {
			t.Fatal(err)
		}
		step += time.Since(begun)

		s.lose()
		begun = time.Now()
		cmd := exec.Command(filepath.Join(s.lab.Dir, "bin", "velero"), "--kubeconfig", s.lab.Cluster.Kubeconfig, "-n", s.srv.Namespace,
			"restore", "create", labtest.Name("drplan-test"), "--from-backup", s.backup, "--include-namespaces", s.ns, "--wait")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		command += time.Since(begun)
	}
	t.Attr("overhead", fmt.Sprintf("velero_restore %.2f s, velero restore create --wait %.2f s, mean of %d",
		(step/rounds).Seconds(), (command/rounds).Seconds(), rounds))
	if over := (step - command) / rounds; over > time.Second {
		t.Errorf("the step takes %s longer", over)
	}
}
