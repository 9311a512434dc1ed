package velero

import (
	"context"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// hanging is a step whose restore does not end by itself: the pod that holds the
// volume waits for a ConfigMap that is not restored.
func (s *scene) hanging(more map[string]any) *restoreStep {
	input := map[string]any{"exclude_resources": []string{"configmaps"}, "item_timeout": "8m"}
	for k, v := range more {
		input[k] = v
	}
	return s.step(input)
}

// cancelled runs a step and cancels it once its restore is going on.
func (s *scene) cancelled(step *restoreStep, run *stepstest.Recorder) error {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := step.Run(ctx, run.Run)
		ended <- err
	}()
	s.awaitPhase(server.Name(run.Run), func(p velerov1.RestorePhase) bool { return p == velerov1.RestorePhaseInProgress })
	cancel()
	err := <-ended
	s.t.Log(err)
	return err
}

// TestRestoreCancelledInDrill: a drill that is stopped leaves no restore behind
// which blocks others, and none of its rules.
func TestRestoreCancelledInDrill(t *testing.T) {
	s := backedUp(t)
	to := labtest.Name("drplan-test")
	s.lab.Cluster.Drop(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: to}})
	run := s.run()
	t.Cleanup(func() { s.end(server.Name(run.Run)) })
	begun := time.Now()
	err := s.cancelled(s.hanging(map[string]any{"namespace_mappings": map[string]string{s.ns: to}}), run)
	if missing := lacks(err, "still InProgress", "it was stopped, and has ended "); missing != nil {
		t.Errorf("the error lacks %q: %v", missing, err)
	}
	t.Logf("it took %s", time.Since(begun).Round(time.Second))
	if o := s.restoreOf(server.Name(run.Run)); !server.OfRestore(o.Status.Phase).Ended() {
		t.Errorf("the restore is %s", o.Status.Phase)
	}
	s.noRules(server.Name(run.Run))
	if ns := s.namespace(to); ns.Annotations["drplan.dev/run"] != run.RunID {
		t.Errorf("the cleanup will not find the namespace: %v", ns.Annotations)
	}
}

func (s *scene) noRules(name string) {
	s.t.Helper()
	err := s.srv.Get(s.t.Context(), s.srv.Key(name), new(corev1.ConfigMap))
	if !apierrors.IsNotFound(err) {
		s.t.Errorf("the rules are left: %v", err)
	}
}

// TestRestoreCancelledInRecovery: what a recovery restores goes on, and the next
// attempt waits for it. One that asks for something else does not.
func TestRestoreCancelledInRecovery(t *testing.T) {
	s := backedUp(t)
	s.lose()
	run := s.run()
	run.Mode = "recovery"
	t.Cleanup(func() { s.end(server.Name(run.Run)) })
	err := s.cancelled(s.hanging(nil), run)
	if missing := lacks(err, "still InProgress", "it goes on in the cluster, and a resume waits for it"); missing != nil {
		t.Fatalf("the error lacks %q: %v", missing, err)
	}
	first := server.Name(run.Run)
	if o := s.restoreOf(first); server.OfRestore(o.Status.Phase).Ended() {
		t.Errorf("the restore is %s", o.Status.Phase)
	}
	s.settings()
	run.Attempt = 2
	out, err := s.hanging(nil).Run(t.Context(), run.Run)
	if err != nil {
		t.Fatal(err)
	}
	if out["restore"] != first || s.creates(server.Name(run.Run)) != 0 {
		t.Errorf("it was restored again: %v", out)
	}
	s.running("web")
	if got := s.inVolume(s.ns, "web"); got != s.bytes {
		t.Errorf("the volume holds %q, want %q", got, s.bytes)
	}
	r, err := s.step(nil).open(run.Run)
	s.ok(err)
	if joined, err := r.join(t.Context()); joined || err != nil {
		t.Errorf("another question has the same answer: %v", err)
	}
}

// settings lets the pod start that waits for them.
func (s *scene) settings() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	var all corev1.NamespaceList
	s.ok(s.srv.Await(ctx, &all, func() (bool, error) { return len(all.Items) == 1, nil }, client.MatchingFields{"metadata.name": s.ns}))
	s.ok(s.srv.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "settings"}}))
}

// end ends a restore that a test which failed has left: others wait behind it.
func (s *scene) end(name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var o velerov1.Restore
	if err := s.srv.Get(ctx, s.srv.Key(name), &o); err != nil || server.OfRestore(o.Status.Phase).Ended() {
		return
	}
	r, err := s.step(nil).open(s.run().Run)
	if err == nil {
		err = r.stop(ctx, &o)
	}
	if err != nil {
		s.t.Error(err)
	}
}

// TestRestoreRulesHaveAnOwner: those that nobody lives to take away go with their
// restore, and before there is one with the backup.
func TestRestoreRulesHaveAnOwner(t *testing.T) {
	s := backedUp(t)
	run := s.run()
	r, err := s.step(nil).open(run.Run)
	s.ok(err)
	s.ok(r.findBackup(t.Context()))
	s.ok(r.giveRules(t.Context()))
	s.ownedBy(r.name, "Backup", r.backup)
	o := &velerov1.Restore{ObjectMeta: metav1.ObjectMeta{Namespace: s.srv.Namespace, Name: r.name}, Spec: velerov1.RestoreSpec{BackupName: "none"}}
	s.ok(s.srv.Create(t.Context(), o))
	r.bindRules(t.Context(), o)
	s.ownedBy(r.name, "Restore", o)
	s.drop(o)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var rules corev1.ConfigMapList
	if err := s.srv.Await(ctx, &rules, func() (bool, error) { return len(rules.Items) == 0, nil }, s.srv.One(r.name)...); err != nil {
		t.Errorf("they outlive their restore: %v", err)
	}
}

func (s *scene) ownedBy(rules, kind string, owner client.Object) {
	s.t.Helper()
	var o corev1.ConfigMap
	s.ok(s.srv.Get(s.t.Context(), s.srv.Key(rules), &o))
	if refs := o.OwnerReferences; len(refs) != 1 || refs[0].Kind != kind || refs[0].UID != owner.GetUID() {
		s.t.Errorf("the rules are of %+v, want the %s %s", refs, kind, owner.GetUID())
	}
}
