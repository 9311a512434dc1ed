package velero

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// lacks reports which parts an error does not have.
func lacks(err error, parts ...string) (missing []string) {
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			missing = append(missing, p)
		}
	}
	return missing
}

// TestRestoreStuck: a pod that cannot start keeps its volume from being written.
// The step says so, so does one that waits behind it, and the next attempt ends it.
func TestRestoreStuck(t *testing.T) {
	s := backedUp(t)
	s.lose()
	run := s.run()
	run.Mode = "recovery" // a drill stops it at its deadline
	short, cancel := context.WithTimeoutCause(t.Context(), 25*time.Second, context.DeadlineExceeded)
	defer cancel()
	behind := make(chan error, 1)
	go func() {
		if s.waitPhase(short, server.Name(run.Run), velerov1.RestorePhaseInProgress) != nil {
			behind <- nil
			return
		}
		other := s.run()
		shorter, cancel := context.WithTimeout(short, 12*time.Second)
		defer cancel()
		_, err := s.step(map[string]any{"include_namespaces": []string{s.ns}, "existing": "keep", "include_resources": []string{"services"}}).Run(shorter, other.Run)
		behind <- err
	}()
	_, err := s.step(map[string]any{"exclude_resources": []string{"configmaps"}}).Run(short, run.Run)
	t.Logf("the stuck one: %v", err)
	if missing := lacks(err, "still InProgress", "PodVolumeRestore", s.ns+"/web", "settings", "blocks every other restore", "another attempt stops it"); missing != nil {
		t.Errorf("the error lacks %q: %v", missing, err)
	}
	said := run.Reported.String()
	if !strings.Contains(said, "nothing has moved for") || !strings.Contains(said, `configmap "settings" not found`) {
		t.Errorf("it said only:\n%s", said)
	}
	err = <-behind
	t.Logf("the one behind: %v", err)
	if missing := lacks(err, "it waits behind the restore "+server.Name(run.Run), "PodVolumeRestore"); missing != nil {
		t.Errorf("the error lacks %q: %v", missing, err)
	}
	run.Attempt = 2
	begun := time.Now()
	if _, err := s.step(nil).Run(t.Context(), run.Run); err != nil {
		t.Fatal(err)
	}
	t.Logf("the next attempt took %s", time.Since(begun))
	s.running("web")
	if got := s.inVolume(s.ns, "web"); got != s.bytes {
		t.Errorf("the volume holds %q, want %q", got, s.bytes)
	}
}

func (s *scene) waitPhase(ctx context.Context, name string, phase velerov1.RestorePhase) error {
	var list velerov1.RestoreList
	return s.srv.Await(ctx, &list, func() (bool, error) {
		return len(list.Items) == 1 && list.Items[0].Status.Phase == phase, nil
	}, s.srv.One(name)...)
}

// TestRestoreHelperMissing: the image of the init container that waits for the
// volume cannot be had.
func TestRestoreHelperMissing(t *testing.T) {
	s := backedUp(t)
	labtest.NeedsAlone(t)
	s.lose()
	image := &corev1.ConfigMap{Data: map[string]string{"image": "example.invalid/helper:1"}, ObjectMeta: metav1.ObjectMeta{
		Namespace: s.srv.Namespace, Name: "drplan-test-helper", Labels: map[string]string{"velero.io/plugin-config": "", "velero.io/pod-volume-restore": "RestoreItemAction"},
	}}
	s.ok(s.srv.Create(t.Context(), image))
	s.lab.Cluster.Drop(t, image)
	run := s.run()
	short, cancel := context.WithTimeout(t.Context(), 25*time.Second)
	defer cancel()
	_, err := s.step(nil).Run(short, run.Run)
	t.Log(err)
	if missing := lacks(err, "restore-wait", "example.invalid/helper:1", "Pull"); missing != nil {
		t.Errorf("the error lacks %q: %v", missing, err)
	}
	s.drop(image.DeepCopy())
	run.Attempt = 2
	if _, err := s.step(nil).Run(t.Context(), run.Run); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreServerRestarted: Velero marks what it worked on as Failed.
func TestRestoreServerRestarted(t *testing.T) {
	s := backedUp(t)
	labtest.NeedsAlone(t)
	s.lose()
	run := s.run()
	ended := make(chan error, 1)
	go func() {
		_, err := s.step(nil).Run(t.Context(), run.Run)
		ended <- err
	}()
	s.awaitPhase(server.Name(run.Run), func(p velerov1.RestorePhase) bool { return p == velerov1.RestorePhaseInProgress })
	zero := int64(0)
	s.ok(s.srv.DeleteAllOf(t.Context(), &corev1.Pod{}, client.InNamespace(s.srv.Namespace), client.MatchingLabels{"deploy": "velero"}, &client.DeleteAllOfOptions{DeleteOptions: client.DeleteOptions{GracePeriodSeconds: &zero}}))
	err := <-ended
	t.Log(err)
	if missing := lacks(err, "was restarted", "another attempt"); missing != nil {
		t.Errorf("the error lacks %q: %v", missing, err)
	}
	if verdict, _, err := s.step(nil).Reconcile(t.Context(), run.Run); verdict != steps.Ended || err == nil {
		t.Errorf("reconciled as %s, %v", verdict, err)
	}
	run.Attempt = 2
	if _, err := s.step(nil).Run(t.Context(), run.Run); err != nil {
		t.Fatal(err)
	}
	s.running("web")
	if got := s.inVolume(s.ns, "web"); got != s.bytes {
		t.Errorf("the volume holds %q, want %q", got, s.bytes)
	}
}

// TestRestoreWithoutNodeAgent: the preflight sees it; Velero ends it in part,
// which the plan may leave to the verification.
func TestRestoreWithoutNodeAgent(t *testing.T) {
	s := backedUp(t)
	labtest.NeedsAlone(t)
	s.lose()
	s.agents(`{"spec": {"template": {"spec": {"nodeSelector": {"no": "node"}}}}}`, 0)
	t.Cleanup(func() { s.agents(`{"spec": {"template": {"spec": {"nodeSelector": {"no": null}}}}}`, 1) })
	run := s.run()
	seen := false
	for _, c := range s.step(nil).Preflight(t.Context(), run.Run) {
		seen = seen || c.Name == server.CheckNodeAgent && c.Err != nil
	}
	if !seen {
		t.Error("the preflight does not see it")
	}
	_, err := s.step(nil).Run(t.Context(), run.Run)
	t.Log(err)
	if missing := lacks(err, "PartiallyFailed", "node", "-results.json"); missing != nil {
		t.Errorf("the error lacks %q: %v", missing, err)
	}
	for _, file := range []string{"-results.json", "-restore.log"} {
		if found, _ := filepath.Glob(filepath.Join(run.Dir, "*"+file)); len(found) != 1 {
			t.Errorf("%s is not saved: %v", file, found)
		}
	}
	run.Attempt = 2
	out, err := s.step(map[string]any{"accept_partial": true}).Run(t.Context(), run.Run)
	if err != nil || out["degraded"] != true || out["errors"] == 0 {
		t.Errorf("accepted as %v, %v", out, err)
	}
}

// agents changes the DaemonSet and waits until so many agents are ready.
func (s *scene) agents(patch string, ready int) {
	s.t.Helper()
	kubectl := filepath.Join(s.lab.Dir, "bin", "kubectl")
	args := []string{"--kubeconfig", s.lab.Cluster.Kubeconfig, "-n", s.srv.Namespace}
	if out, err := exec.Command(kubectl, append(args, "patch", "daemonset", server.NodeAgent, "-p", patch)...).CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var pods corev1.PodList
	err := s.srv.Await(ctx, &pods, func() (bool, error) {
		n := 0
		for _, p := range pods.Items {
			for _, c := range p.Status.Conditions {
				if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue && p.DeletionTimestamp.IsZero() {
					n++
				}
			}
		}
		return n == ready && (ready > 0 || len(pods.Items) == 0), nil
	}, client.InNamespace(s.srv.Namespace), client.MatchingLabels{"name": server.NodeAgent})
	if err != nil {
		s.t.Error(err)
	}
}
