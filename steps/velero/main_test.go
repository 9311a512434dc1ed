package velero

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
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

type object = map[string]any

// world is the lab's cluster as one test sees it: a namespace with a little in it,
// and Velero, shared with others.
type world struct {
	*server.Server
	t         testing.TB
	lab       *labtest.Lab
	cluster   *steps.Cluster
	namespace string
	runID     string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	lab := labtest.Cluster(t)
	runID := labtest.Name("20260301T104500Z-velero_test")
	w := &world{
		t: t, lab: lab, runID: runID,
		cluster:   &steps.Cluster{Name: "lab", Context: lab.Cluster.Context, Kubeconfig: lab.Cluster.Kubeconfig},
		namespace: lab.Cluster.Namespace(t, map[string]string{"drplan.dev/run": runID}),
	}
	var err error
	if w.Server, err = (server.Where{}).Dial(&steps.Run{Cluster: w.cluster}); err != nil {
		t.Fatal(err)
	}
	w.configMap("one")
	t.Cleanup(w.removeBackups)
	return w
}

// beside makes another namespace, whose backup runs a script first, and returns
// its name.
func (w *world) beside(script string) string {
	w.t.Helper()
	other := *w
	other.namespace = w.lab.Cluster.Namespace(w.t, map[string]string{"drplan.dev/run": w.runID})
	other.hooked(script)
	return other.namespace
}

// fingerprint is what preflight must not change: the objects of Velero that this
// run would make, and the schedules and locations.
func (w *world) fingerprint() string {
	w.t.Helper()
	var text strings.Builder
	var backups velerov1.BackupList
	w.must(w.List(w.t.Context(), &backups, client.MatchingLabels{server.RunLabel: w.runID}))
	for _, b := range backups.Items {
		if server.OfBackup(b.Status.Phase).Ended() {
			fmt.Fprintln(&text, b.Name)
		}
	}
	var schedules velerov1.ScheduleList
	w.must(w.List(w.t.Context(), &schedules))
	for _, s := range schedules.Items {
		fmt.Fprintln(&text, s.Namespace, s.Name, s.Spec)
	}
	var locations velerov1.BackupStorageLocationList
	w.must(w.List(w.t.Context(), &locations))
	for _, l := range locations.Items {
		fmt.Fprintln(&text, l.Namespace, l.Name, l.Spec.AccessMode, l.Spec.Default)
	}
	return text.String()
}

// settle waits until no backup of this run is under way.
func (w *world) settle() {
	w.t.Helper()
	var mine velerov1.BackupList
	w.must(w.Await(w.t.Context(), &mine, func() (bool, error) {
		return !slices.ContainsFunc(mine.Items, func(b velerov1.Backup) bool { return !server.OfBackup(b.Status.Phase).Ended() }), nil
	}, client.InNamespace(w.Namespace), client.MatchingLabels{server.RunLabel: w.runID}))
}

func (w *world) configMap(name string) {
	w.t.Helper()
	w.must(w.Create(w.t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name, Labels: map[string]string{"app": name}}, Data: map[string]string{"k": "v"},
	}))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// run is what the engine would hand to a step.
func (w *world) run(step string) *steps.Run {
	return &steps.Run{
		RunID: w.runID, StepID: step, Attempt: 1, Mode: "recovery", Phase: "procedure", Dir: w.t.TempDir(), Cluster: w.cluster,
		Log: slog.New(slog.DiscardHandler), Output: io.Discard, Progress: func(string) {}, Now: time.Now,
	}
}

// decode makes a step of an input, as a plan would.
func decode(t testing.TB, kind steps.Kind, input object) steps.Step {
	t.Helper()
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	step, err := kind.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return step
}

// backup makes one with the kind, which must succeed.
func (w *world) backup(step string, input object) steps.Outputs {
	w.t.Helper()
	if input["include_namespaces"] == nil && input["from_schedule"] == nil {
		input["include_namespaces"] = []string{w.namespace}
	}
	out, err := decode(w.t, Backup(), input).Run(w.t.Context(), w.run(step))
	w.must(err)
	return out
}

func (w *world) drop(ctx context.Context, o client.Object) {
	if err := client.IgnoreNotFound(w.Delete(ctx, o)); err != nil {
		w.t.Error(err)
	}
}

// fails runs a step that must fail with an error that contains each part.
func (w *world) fails(step steps.Step, in *steps.Run, final bool, parts ...string) {
	w.t.Helper()
	out, err := step.Run(w.t.Context(), in)
	if err == nil {
		w.t.Fatalf("no error, outputs %v", out)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			w.t.Errorf("error %q lacks %q", err, part)
		}
	}
	if steps.IsFinal(err) != final {
		w.t.Errorf("final is %v, want %v: %v", steps.IsFinal(err), final, err)
	}
}

// check is a preflight check of a step, which must be there.
// It is asked as before a phase.
func (w *world) check(step steps.Step, in *steps.Run, name string) steps.Check {
	w.t.Helper()
	early := *in
	early.Attempt = 0
	all := step.(steps.Preflighter).Preflight(w.t.Context(), &early)
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	w.t.Fatalf("no check %s among %+v", name, all)
	return steps.Check{}
}

// removeBackups deletes what this test's run made, in the bucket too.
func (w *world) removeBackups() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	mine := client.MatchingLabels{server.RunLabel: w.runID}
	var all velerov1.BackupList
	if err := w.List(ctx, &all, client.InNamespace(w.Namespace), mine); err != nil {
		w.t.Error(err)
	}
	for _, b := range all.Items {
		if !server.OfBackup(b.Status.Phase).Ended() {
			w.t.Logf("backup %s is left behind, %s", b.Name, b.Status.Phase)
			continue
		}
		if b.Status.Phase == velerov1.BackupPhaseFailedValidation { // nothing of it is anywhere
			w.drop(ctx, &b)
			continue
		}
		request := &velerov1.DeleteBackupRequest{Spec: velerov1.DeleteBackupRequestSpec{BackupName: b.Name}}
		request.Namespace, request.Name = w.Namespace, b.Name
		request.Labels = map[string]string{velerov1.BackupNameLabel: b.Name, velerov1.BackupUIDLabel: string(b.UID)}
		if err := w.Create(ctx, request); err != nil {
			w.t.Error(err)
		}
	}
	gone := func() (bool, error) { return len(all.Items) == 0, nil }
	if err := w.Await(ctx, &all, gone, client.InNamespace(w.Namespace), mine); err != nil {
		w.t.Errorf("%d backups are left: %v", len(all.Items), err)
	}
}
