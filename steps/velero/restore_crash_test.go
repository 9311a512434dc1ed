package velero

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// victimVar hands an attempt to the process that is to die in it.
const victimVar = "DRPLAN_TEST_RESTORE"

type victim struct {
	Input   json.RawMessage
	RunID   string
	Attempt int
	Dir     string
	Cluster *steps.Cluster
}

// TestRestoreVictim is no test: it is the process that others kill.
func TestRestoreVictim(t *testing.T) {
	text := os.Getenv(victimVar)
	if text == "" {
		t.Skip("only the tests of a killed restore run this")
	}
	var v victim
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	run := stepstest.NewRun(t)
	run.RunID, run.Attempt, run.Dir, run.Cluster = v.RunID, v.Attempt, v.Dir, v.Cluster
	if _, err := stepstest.Decode(t, Restore(), v.Input).Run(t.Context(), run.Run); err != nil {
		t.Fatal(err)
	}
}

// killedIn runs an attempt in a process of its own, and kills that once the
// restore has the phase.
func (s *scene) killedIn(run *stepstest.Recorder, input map[string]any, phase velerov1.RestorePhase) {
	s.t.Helper()
	text := stepstest.JSON(s.t, victim{stepstest.JSON(s.t, input), run.RunID, run.Attempt, run.Dir, run.Cluster})
	cmd := exec.Command(os.Args[0], "-test.run=^TestRestoreVictim$")
	cmd.Env = append(os.Environ(), victimVar+"="+string(text))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	s.ok(cmd.Start())
	s.awaitPhase(server.Name(run.Run), func(p velerov1.RestorePhase) bool { return p == phase })
	if err := cmd.Process.Kill(); err != nil {
		s.t.Fatalf("it ended by itself: %s", &said)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		s.t.Fatalf("the victim was not killed: %v", err)
	}
}

func (s *scene) awaitPhase(name string, is func(velerov1.RestorePhase) bool) *velerov1.Restore {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	var list velerov1.RestoreList
	s.ok(s.srv.Await(ctx, &list, func() (bool, error) {
		return len(list.Items) == 1 && is(list.Items[0].Status.Phase), nil
	}, s.srv.One(name)...))
	return &list.Items[0]
}

// creates counts in the API server's audit log the Restores that were created
// for the scene's backup.
func (s *scene) creates(names ...string) int {
	s.t.Helper()
	file, err := os.Open(s.lab.Cluster.AuditLog)
	s.ok(err)
	defer file.Close()
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	n := 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var e struct {
			Stage, Verb string
			ObjectRef   struct{ Resource, Name, Namespace string }
			Response    struct{ Code int } `json:"responseStatus"`
		}
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Stage == "ResponseComplete" && e.Verb == "create" &&
			e.ObjectRef.Resource == "restores" && wanted[e.ObjectRef.Name] && e.Response.Code == 201 {
			n++
		}
	}
	s.ok(lines.Err())
	return n
}

// TestRestoreResumed: drplan is killed in the middle; a resume waits for the
// restore that goes on, and makes no other.
func TestRestoreResumed(t *testing.T) {
	s := backedUp(t)
	s.lose()
	run := s.run()
	step := s.step(nil)
	if verdict, _, err := step.Reconcile(t.Context(), run.Run); verdict != steps.NeverBegun || err != nil {
		t.Fatalf("before it began: %s, %v", verdict, err)
	}
	s.killedIn(run, s.input(nil), velerov1.RestorePhaseInProgress)
	verdict, _, err := step.Reconcile(t.Context(), run.Run)
	if verdict != steps.Running || err != nil {
		t.Fatalf("in the middle: %s, %v", verdict, err)
	}
	run.Attach = true
	out, err := step.Run(t.Context(), run.Run)
	if err != nil {
		t.Fatal(err)
	}
	stepstest.CheckOutputs(t, Restore(), out)
	s.running("web")
	if got := s.inVolume(s.ns, "web"); got != s.bytes {
		t.Errorf("the volume holds %q, want %q", got, s.bytes)
	}
	if n := s.creates(server.Name(run.Run), server.NameOf(run.Run, 2)); n != 1 {
		t.Errorf("%d restores were created, want 1", n)
	}
	if ns := s.namespace(s.ns); ns.Annotations["drplan.dev/run"] != run.RunID {
		t.Errorf("the namespace is not marked: %v", ns.Annotations)
	}
}

// TestRestoreTakenOver: another machine, which has nothing of the first one's
// folder, finds the restore that goes on. Also where a person says to run the step
// again, it is no second one.
func TestRestoreTakenOver(t *testing.T) {
	s := backedUp(t)
	s.lose()
	run := s.run()
	s.killedIn(run, s.input(nil), velerov1.RestorePhaseInProgress)
	s.awaitPhase(server.Name(run.Run), func(p velerov1.RestorePhase) bool { return server.OfRestore(p).Ended() })
	run.Dir = t.TempDir()
	step := s.step(nil)
	if verdict, _, err := step.Reconcile(t.Context(), run.Run); verdict != steps.Running || err != nil {
		t.Errorf("another machine finds %s, %v", verdict, err)
	}
	for _, c := range step.Preflight(t.Context(), run.Run) {
		if c.Err != nil {
			t.Errorf("preflight %s: %v", c.Name, c.Err)
		}
	}
	out, err := step.Run(t.Context(), run.Run)
	if err != nil {
		t.Fatal(err)
	}
	stepstest.CheckOutputs(t, Restore(), out)
	if n := s.creates(server.Name(run.Run), server.NameOf(run.Run, 2)); n != 1 {
		t.Errorf("%d restores were created, want 1", n)
	}
	if ns := s.namespace(s.ns); ns.Annotations["drplan.dev/run"] != run.RunID {
		t.Errorf("the namespace is not marked: %v", ns.Annotations)
	}
}

// TestRestoreAgain: a second attempt deletes what the first created and nothing
// that was there before, and restores the volume again.
func TestRestoreAgain(t *testing.T) {
	for _, mode := range []string{"drill", "recovery"} {
		t.Run(mode, func(t *testing.T) {
			s := backedUp(t)
			s.clear()
			there := s.bystander()
			run := s.run()
			s.killedIn(run, s.input(nil), velerov1.RestorePhaseInProgress)
			first := s.awaitPhase(server.Name(run.Run), func(p velerov1.RestorePhase) bool { return server.OfRestore(p).Ended() })
			s.running("web")
			s.damage()
			run.Mode, run.Attempt = mode, 2
			step := s.step(nil)
			for _, c := range step.Preflight(t.Context(), run.Run) {
				if c.Err != nil {
					t.Errorf("preflight %s: %v", c.Name, c.Err)
				}
			}
			if _, err := step.Run(t.Context(), run.Run); err != nil {
				t.Fatal(err)
			}
			s.running("web")
			if got := s.inVolume(s.ns, "web"); got != s.bytes {
				t.Errorf("the volume holds %q, want %q", got, s.bytes)
			}
			var now corev1.ConfigMap
			s.ok(s.srv.Get(t.Context(), client.ObjectKeyFromObject(there), &now))
			if now.UID != there.UID {
				t.Error("what was there before was made anew")
			}
			var pod corev1.Pod
			s.ok(s.srv.Get(t.Context(), client.ObjectKey{Namespace: s.ns, Name: "web"}, &pod))
			if pod.Labels[velerov1.RestoreNameLabel] == first.Name {
				t.Error("the pod is still the first attempt's")
			}
		})
	}
}

// clear deletes the workload and leaves the namespace.
func (s *scene) clear() {
	s.t.Helper()
	for _, o := range s.workload() {
		o.SetNamespace(s.ns)
		s.drop(o)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	var pods corev1.PodList
	s.ok(s.srv.Await(ctx, &pods, func() (bool, error) { return len(pods.Items) == 0, nil }, client.InNamespace(s.ns)))
}

// damage changes the bytes of the volume, as a first attempt that went wrong may
// leave them.
func (s *scene) damage() {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(s.lab.Dir, "bin", "kubectl"), "--kubeconfig", s.lab.Cluster.Kubeconfig, "-n", s.ns, "exec", "web", "--", "sh", "-c", "echo damaged >/data/bytes")
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
}

// bystander makes an object that no restore may touch.
func (s *scene) bystander() *corev1.ConfigMap {
	s.t.Helper()
	o := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.ns, Name: "bystander"}, Data: map[string]string{"was": "here"}}
	s.ok(s.srv.Create(s.t.Context(), o))
	return o
}
