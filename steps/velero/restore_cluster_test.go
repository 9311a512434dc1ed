package velero

import (
	"testing"
	"time"

	"github.com/drplan/drplan/steps/stepstest"
)

// TestRestoreLostNamespace: the namespace is deleted, and is back with the bytes
// of its volume.
func TestRestoreLostNamespace(t *testing.T) {
	s := backedUp(t)
	step, run := s.step(nil), s.run()
	s.lose()
	for _, c := range step.Preflight(t.Context(), run.Run) {
		t.Logf("%s: %v %s", c.Name, c.Err, c.Message)
		if c.Err != nil {
			t.Errorf("preflight %s: %v", c.Name, c.Err)
		}
	}
	begun := time.Now()
	out, err := step.Run(t.Context(), run.Run)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("restored in %s: %v", time.Since(begun), out)
	stepstest.CheckOutputs(t, Restore(), out)
	s.running("web")
	if got := s.inVolume(s.ns, "web"); got != s.bytes {
		t.Errorf("the volume holds %q, want %q", got, s.bytes)
	}
	if ns := s.namespace(s.ns); ns.Annotations["drplan.dev/run"] != run.RunID {
		t.Errorf("the namespace is not marked: %v", ns.Annotations)
	}
}
