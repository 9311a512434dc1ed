package velero

import (
	"fmt"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
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

// TestRestoreRefusesWhatExists: Velero would skip it and report success.
func TestRestoreRefusesWhatExists(t *testing.T) {
	s := backedUp(t)
	run := s.run()
	step := s.step(nil)
	_, err := step.Run(t.Context(), run.Run)
	if err == nil || !steps.IsFinal(err) || !strings.Contains(err.Error(), "Pod "+s.ns+"/web") || !strings.Contains(err.Error(), "existing: keep") {
		t.Errorf("it did not refuse: %v", err)
	}
	if n := s.creates(server.Name(run.Run)); n != 0 {
		t.Errorf("%d restores were created", n)
	}
	refused := false
	for _, c := range step.Preflight(t.Context(), run.Run) {
		refused = refused || c.Name == checkTargets && c.Err != nil && strings.Contains(c.Err.Error(), "Pod "+s.ns+"/web")
	}
	if !refused {
		t.Error("the preflight sees nothing")
	}
	out, err := s.step(map[string]any{"existing": "keep"}).Run(t.Context(), run.Run)
	if err != nil || out["restore"] != server.Name(run.Run) {
		t.Errorf("with existing: keep: %v, %v", out, err)
	}
}

// TestRestoreFailsForWhatWasSkipped: an object appears after the look, before
// Velero comes to it.
func TestRestoreFailsForWhatWasSkipped(t *testing.T) {
	s := backedUp(t)
	run := s.run()
	r, err := s.step(nil).open(run.Run)
	s.ok(err)
	s.ok(r.findBackup(t.Context()))
	s.ok(r.findTargets(t.Context()))
	s.ok(s.srv.Create(t.Context(), r.object(t.Context(), false)))
	ended, err := r.wait(t.Context())
	s.ok(err)
	if ended.Status.Phase != velerov1.RestorePhaseCompleted {
		t.Fatalf("the restore is %s", ended.Status.Phase)
	}
	_, err = r.judge(t.Context(), ended)
	if err == nil || !steps.IsFinal(err) || !strings.Contains(err.Error(), "web") {
		t.Errorf("what was skipped passes: %v", err)
	}
}

// TestRestoreOfNothing: Velero calls it Completed.
func TestRestoreOfNothing(t *testing.T) {
	s := backedUp(t)
	s.lose()
	_, err := s.step(map[string]any{"selector": "app=another"}).Run(t.Context(), s.run().Run)
	if err == nil || !strings.Contains(err.Error(), "restored nothing") {
		t.Errorf("it passes: %v", err)
	}
}

// TestRestoreConforms: what exists is kept, so that each part of the suite can
// run in the same namespace.
func TestRestoreConforms(t *testing.T) {
	s := backedUp(t)
	t.Setenv("KUBECONFIG", s.lab.Cluster.Kubeconfig)
	s.ok(s.srv.Patch(t.Context(), s.namespace(s.ns), client.RawPatch(types.MergePatchType, []byte(`{"metadata": {"annotations": {"drplan.dev/run": "20260101-000000-test"}}}`))))
	stepstest.Conform(t, Restore(), stepstest.Case{
		Input: func(*testing.T) any {
			return s.input(map[string]any{"existing": "keep", "include_resources": []string{"configmaps"}})
		},
		Fingerprint: func() string {
			var all corev1.ConfigMapList
			var restores velerov1.RestoreList
			s.ok(s.srv.List(t.Context(), &all, client.InNamespace(s.ns)))
			s.ok(s.srv.List(t.Context(), &restores, client.InNamespace(s.srv.Namespace)))
			mine := 0
			for _, r := range restores.Items {
				if r.Spec.BackupName == s.backup {
					mine++
				}
			}
			return fmt.Sprint(len(all.Items), all.Items[0].ResourceVersion, mine)
		},
	})
}

// TestRestoreClassesOfWhatIsSelected: a claim whose class the cluster lacks refuses a
// restore that takes it, and no other.
func TestRestoreClassesOfWhatIsSelected(t *testing.T) {
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "odd", Labels: map[string]string{"app": "odd"}}, Spec: corev1.PersistentVolumeClaimSpec{
		StorageClassName: new("no-such-class"), AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Mi")}},
	}}
	s := backedUp(t, claim)
	for selector, refused := range map[string]bool{"app=odd": true, "": true, "app=web": false} {
		for _, c := range s.step(map[string]any{"selector": selector}).Preflight(t.Context(), s.run().Run) {
			if c.Name == checkClasses && (c.Err != nil) != refused {
				t.Errorf("%q: %v, %s", selector, c.Err, c.Message)
			}
		}
	}
}
