package velero

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

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
	if !strings.Contains(strings.Join(said, "\n"), " items") {
		t.Errorf("it said of its progress %q", said)
	}
	verdict, again, err := step.(steps.Reconciler).Reconcile(t.Context(), in)
	if verdict != steps.Done || err != nil || again["backup"] != out["backup"] {
		t.Errorf("reconciled as %s, %v, %v", verdict, again, err)
	}
	in.Attempt = 2
	if verdict, _, err := step.(steps.Reconciler).Reconcile(t.Context(), in); verdict != steps.NeverBegun || err != nil {
		t.Errorf("an attempt that was not made is %s, %v", verdict, err)
	}
}

// TestBackupOfVolumes: the files of a pod's volume are in it, and counted.
func TestBackupOfVolumes(t *testing.T) {
	w := newWorld(t)
	w.pod("writer", nil, "head -c 3000000 /dev/urandom > /data/bytes && sleep 1000")
	out := w.backup("back_up", object{"volumes": "fs_backup"})
	if out["volumes"] != 1 || out["volume_bytes"].(int64) < 3000000 {
		t.Errorf("outputs %v", out)
	}
	none := w.backup("no_volumes", object{"volumes": "none"})
	if none["volumes"] != 0 {
		t.Errorf("volumes: none backed up some: %v", none)
	}
}

func TestBackupSelects(t *testing.T) {
	w := newWorld(t)
	w.configMap("two")
	all := w.backup("all", object{"include_resources": []string{"configmaps"}, "cluster_resources": "none"})
	one := w.backup("one", object{"include_resources": []string{"configmaps"}, "cluster_resources": "none", "selector": "app in (two)"})
	if all["items"].(int) <= one["items"].(int) || one["items"] != 1 {
		t.Errorf("all %v, one %v", all["items"], one["items"])
	}
}

// TestBackupThatFailsInPart: the errors show, and all of it is in the run's folder.
func TestBackupThatFailsInPart(t *testing.T) {
	w := newWorld(t)
	w.hooked("echo no such luck >&2; exit 3")
	in := w.run("back_up")
	step := decode(t, Backup(), object{"include_namespaces": []string{w.namespace}, "volumes": "none"})
	w.fails(step, in, false, "failed in part, with ", "velero: ", "Error executing hook", in.Dir, "accept_partial")
	verdict, _, err := step.(steps.Reconciler).Reconcile(t.Context(), in)
	if verdict != steps.Ended || err == nil {
		t.Errorf("reconciled as %s, %v", verdict, err)
	}
	var results server.Results
	data, err := os.ReadFile(filepath.Join(in.Dir, server.Name(in)+"-results.json"))
	w.must(err)
	w.must(json.Unmarshal(data, &results))
	if results.Errors.Len() == 0 {
		t.Errorf("results %s", data)
	}
	log, err := os.ReadFile(filepath.Join(in.Dir, server.Name(in)+"-velero.log"))
	if err != nil || !strings.Contains(string(log), "level=") {
		t.Errorf("log of %d bytes, %v", len(log), err)
	}
	w.noRequests()

	out := w.backup("accepted", object{"accept_partial": true, "volumes": "none"})
	if out["phase"] != "PartiallyFailed" || out["errors"].(int) == 0 || len(out["messages"].([]string)) == 0 {
		t.Errorf("accepted: %v", out)
	}
	stepstest.CheckOutputs(t, Backup(), out)
}

// noRequests: what was asked of the server is taken away again.
func (w *world) noRequests() {
	w.t.Helper()
	var left velerov1.DownloadRequestList
	w.must(w.List(w.t.Context(), &left, client.InNamespace(w.Namespace)))
	for _, r := range left.Items {
		if strings.Contains(r.Name, server.NameOf(w.run("back_up"), 1)) {
			w.t.Errorf("%s is left", r.Name)
		}
	}
}

func TestBackupThatVeleroRefuses(t *testing.T) {
	w := newWorld(t)
	step := decode(t, Backup(), object{"include_namespaces": []string{w.namespace}, "storage_location": "nowhere"})
	w.fails(step, w.run("back_up"), true, "is refused by Velero: ", "nowhere")
	if c := w.check(step, w.run("back_up"), server.CheckLocation); c.Err == nil || !strings.Contains(c.Err.Error(), "there is no BackupStorageLocation nowhere") {
		t.Errorf("preflight: %+v", c)
	}
}

// TestBackupAtItsDeadline says what stands in the way: of one that is at work, and
// of one behind it. What was left goes on, and a resume finds it.
func TestBackupAtItsDeadline(t *testing.T) {
	w := newWorld(t)
	w.hooked("sleep 6")
	input := object{"include_namespaces": []string{w.namespace}, "volumes": "none"}
	first, second := w.run("first"), w.run("second")
	ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
	defer cancel()
	blocked := make(chan error, 1)
	step := decode(t, Backup(), input)
	go func() {
		_, err := step.Run(ctx, first)
		blocked <- err
	}()
	w.awaitPhase(server.Name(first), velerov1.BackupPhaseInProgress)
	_, err := decode(t, Backup(), input).Run(ctx, second)
	for _, part := range []string{"deadline exceeded", server.Name(second) + " is Queued, behind: ", server.Name(first) + " is InProgress"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the second: %v, want %q", err, part)
		}
	}
	if err := <-blocked; err == nil || !strings.Contains(err.Error(), "it goes on") {
		t.Errorf("the first: %v", err)
	}
	if verdict, _, err := step.(steps.Reconciler).Reconcile(t.Context(), first); verdict != steps.Running || err != nil {
		t.Errorf("reconciled as %s, %v", verdict, err)
	}
	first.Attach = true
	out, err := step.Run(t.Context(), first)
	if err != nil || out["backup"] != server.Name(first) {
		t.Errorf("attached: %v, %v", out, err)
	}
	w.awaitPhase(server.Name(second), velerov1.BackupPhaseCompleted)
	var mine velerov1.BackupList
	w.must(w.List(t.Context(), &mine, client.MatchingLabels{server.RunLabel: w.runID}))
	if len(mine.Items) != 2 {
		t.Errorf("%d backups, want 2", len(mine.Items))
	}
}

func (w *world) awaitPhase(backup string, phase velerov1.BackupPhase) {
	w.t.Helper()
	var list velerov1.BackupList
	w.must(w.Await(w.t.Context(), &list, func() (bool, error) {
		return len(list.Items) == 1 && list.Items[0].Status.Phase == phase, nil
	}, w.One(backup)...))
}

// TestBackupEndIsNoticedAtOnce measures from the moment at which the API server
// tells of the end to the step's return.
func TestBackupEndIsNoticedAtOnce(t *testing.T) {
	w := newWorld(t)
	in := w.run("back_up")
	watcher, err := w.Watch(t.Context(), &velerov1.BackupList{}, w.One(server.Name(in))...)
	w.must(err)
	defer watcher.Stop()
	ended := make(chan time.Time, 1)
	go func() {
		for ev := range watcher.ResultChan() {
			if b, ok := ev.Object.(*velerov1.Backup); ok && server.OfBackup(b.Status.Phase).Ended() {
				ended <- time.Now()
				return
			}
		}
	}()
	_, err = decode(t, Backup(), object{"include_namespaces": []string{w.namespace}}).Run(t.Context(), in)
	returned := time.Now()
	w.must(err)
	late := returned.Sub(<-ended)
	t.Logf("noticed within %s", late)
	if late > 250*time.Millisecond {
		t.Errorf("the end was noticed %s late", late)
	}
}

// TestBackupIsMadeOnce: an attempt that finds its own backup waits for that, and
// one of another run is refused.
func TestBackupIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	in := w.run("back_up")
	step := decode(t, Backup(), object{"include_namespaces": []string{w.namespace}})
	first, err := step.Run(t.Context(), in)
	w.must(err)
	again, err := step.Run(t.Context(), in)
	if err != nil || again["started_at"] != first["started_at"] {
		t.Errorf("again: %v, %v", again, err)
	}
	var b velerov1.Backup
	w.must(w.Get(t.Context(), w.Key(server.Name(in)), &b))
	before := b.DeepCopy()
	b.Annotations["drplan.dev/run"] = "another"
	w.must(w.Patch(t.Context(), &b, client.MergeFrom(before)))
	w.fails(step, in, true, "already, which this run did not make")
}

func TestBackupInADrill(t *testing.T) {
	w := newWorld(t)
	drill := w.run("back_up")
	drill.Mode, drill.Phase = "drill", "setup"
	for _, tt := range []struct {
		namespaces []string
		refused    bool
	}{{[]string{w.namespace}, false}, {[]string{"default"}, true}, {[]string{"*"}, true}, {[]string{"drplan-*"}, true}} {
		c := w.check(decode(t, Backup(), object{"include_namespaces": tt.namespaces}), drill, checkGuard)
		if (c.Err != nil) != tt.refused {
			t.Errorf("%v: %v", tt.namespaces, c.Err)
		}
	}
	w.fails(decode(t, Backup(), object{"include_namespaces": []string{"default"}}), drill, true, "a drill must not change the namespace default")
}

func TestBackupPreflight(t *testing.T) {
	w := newWorld(t)
	missing := decode(t, Backup(), object{"include_namespaces": []string{"drplan-not-there"}})
	if c := w.check(missing, w.run("s"), checkNamespaces); c.Err == nil || !c.Defer || !strings.Contains(c.Err.Error(), "drplan-not-there does not exist") {
		t.Errorf("%+v", c)
	}
	elsewhere := decode(t, Backup(), object{"velero_namespace": w.namespace})
	if c := w.check(elsewhere, w.run("s"), server.CheckRunning); c.Err == nil || !c.Defer || !strings.Contains(c.Err.Error(), "no Deployment there runs") {
		t.Errorf("%+v", c)
	}
	scheduled := decode(t, Backup(), object{"from_schedule": "drplan-not-there"})
	if c := w.check(scheduled, w.run("s"), checkSchedule); c.Err == nil || !c.Defer {
		t.Errorf("%+v", c)
	}
	files := decode(t, Backup(), object{"include_namespaces": []string{w.namespace}})
	if c := w.check(files, w.run("s"), server.CheckNodeAgent); c.Err != nil || !strings.Contains(c.Message, "ready on 1 of 1") {
		t.Errorf("%+v", c) // the lab's server backs up files by default
	}
	without := decode(t, Backup(), object{"include_namespaces": []string{w.namespace}, "volumes": "none"})
	names := []string{}
	for _, c := range without.(steps.Preflighter).Preflight(t.Context(), w.run("s")) {
		names = append(names, c.Name)
	}
	if slices.Contains(names, server.CheckNodeAgent) {
		t.Errorf("a backup without volumes needs no agent: %v", names)
	}
}

func TestBackupConforms(t *testing.T) {
	w := newWorld(t)
	slow := w.beside("sleep 2")
	step := 0
	stepstest.Conform(t, Backup(), stepstest.Case{
		Input: func(*testing.T) any { return object{"include_namespaces": []string{w.namespace}} },
		Slow:  func(*testing.T) any { return object{"include_namespaces": []string{slow}, "volumes": "none"} },
		Set: func(in *steps.Run) { // each its own backup
			step++
			in.RunID, in.Cluster, in.StepID = w.runID, w.cluster, fmt.Sprintf("step[%d]", step)
		},
		Fingerprint: w.fingerprint,
	})
	w.settle()
}

// TestBackupWaitsForItsLocation: a location that is Unavailable for a moment fails
// nothing.
func TestBackupWaitsForItsLocation(t *testing.T) {
	w := newWorld(t)
	name := w.ownLocation()
	bucket := w.lab.S3Secondary.Bucket
	w.rename(name, "no-such-bucket", velerov1.BackupStorageLocationPhaseUnavailable)
	in := w.run("back_up")
	mended := false
	in.Progress = func(said string) {
		if !mended && strings.Contains(said, "is Unavailable: ") {
			mended = true
			w.rename(name, bucket, velerov1.BackupStorageLocationPhaseAvailable)
		}
	}
	out, err := decode(t, Backup(), object{"include_namespaces": []string{w.namespace}, "storage_location": name}).Run(t.Context(), in)
	w.must(err)
	if !mended || out["location"] != name || out["phase"] != "Completed" {
		t.Errorf("waited: %t, outputs %v", mended, out)
	}
}

// rename has a location look into another bucket, and waits for what Velero says of it.
func (w *world) rename(location, bucket string, want velerov1.BackupStorageLocationPhase) {
	w.t.Helper()
	input := w.locationInput(location, location)
	input["bucket"], input["wait"] = bucket, false
	_, err := w.location(input)
	w.must(err)
	var list velerov1.BackupStorageLocationList
	w.must(w.Await(w.t.Context(), &list, func() (bool, error) { return list.Items[0].Status.Phase == want, nil }, w.One(location)...))
}
