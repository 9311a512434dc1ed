package velero

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

func TestLatestOnTheCluster(t *testing.T) {
	w := newWorld(t)
	w.hooked("exit 3")
	good := w.backup("good", object{"volumes": "none", "include_resources": []string{"*"}, "exclude_namespaces": []string{"other"}, "selector": "app=one"})
	bad := w.backup("bad", object{"accept_partial": true, "volumes": "none"})
	in := w.run("find")
	latest := decode(t, Latest(), object{"namespace": w.namespace, "allow_narrowed": true, "max_age": "1h"})
	if c := w.check(latest, in, checkBackup); c.Err != nil || !strings.Contains(c.Message, good["backup"].(string)) {
		t.Errorf("preflight: %+v", c)
	}
	out, err := latest.Run(t.Context(), in)
	w.must(err)
	stepstest.CheckOutputs(t, Latest(), out)
	skipped := strings.Join(out["skipped"].([]string), "\n")
	if out["backup"] != good["backup"] || out["started_at"] != good["started_at"] || out[steps.OutBackupRun] != w.runID || out["items"] != good["items"] {
		t.Errorf("outputs %v, want those of %v", out, good)
	}
	if !strings.Contains(skipped, bad["backup"].(string)+": PartiallyFailed with 2 errors") {
		t.Errorf("skipped %q", skipped)
	}
	in.Now = func() time.Time { return time.Now().Add(7 * time.Hour) }
	late := decode(t, Latest(), object{"namespace": w.namespace, "allow_narrowed": true, "max_age": "6h"})
	w.fails(late, in, false, "RPO breach: the newest good backup is 7h", good["backup"].(string), "PartiallyFailed")
	if c := w.check(late, in, checkBackup); c.Err == nil || !c.Defer {
		t.Errorf("preflight: %+v", c)
	}
}

// TestLatestOnAFreshCluster: the cluster knows nothing of a backup in a bucket
// until Velero has looked there.
func TestLatestOnAFreshCluster(t *testing.T) {
	w := newWorld(t)
	name := w.ownLocation()
	made := w.backup("back_up", object{"storage_location": name})
	w.forgetBackup(made["backup"].(string))
	var l velerov1.BackupStorageLocation
	w.must(w.Get(t.Context(), w.Key(name), &l))
	w.must(w.Delete(t.Context(), &l))
	w.putLocation(name, strings.TrimSpace(l.Spec.ObjectStorage.Prefix))
	begun := time.Now()
	in := w.run("find")
	var said []string
	in.Progress = func(msg string) { said = append(said, msg) }
	// Asked just before the step, the preflight must not refuse what Run waits for.
	for _, c := range decode(t, Latest(), object{"namespace": w.namespace, "storage_location": name}).(steps.Preflighter).Preflight(t.Context(), in) {
		if c.Err != nil {
			t.Errorf("%s: %v", c.Name, c.Err)
		}
	}
	out, err := decode(t, Latest(), object{"namespace": w.namespace, "storage_location": name}).Run(t.Context(), in)
	w.must(err)
	t.Logf("the sync was waited for %s", time.Since(begun).Round(time.Millisecond))
	if out["backup"] != made["backup"] || out["started_at"] != made["started_at"] || out[steps.OutBackupRun] != w.runID {
		t.Errorf("found %v, want %v", out, made)
	}
	if !strings.Contains(strings.Join(said, "\n"), "waiting for a sync of the storage location "+name) {
		t.Errorf("it said %q", said)
	}
}

// TestLatestWaitsForAnotherSync: one that was before does not count. The location is
// one into which Velero does not look by itself meanwhile.
func TestLatestWaitsForAnotherSync(t *testing.T) {
	w := newWorld(t)
	name := w.ownLocation()
	input := w.locationInput(name, name)
	input["sync_period"] = "24h"
	_, err := w.location(input)
	w.must(err)
	w.backup("back_up", object{"storage_location": name})
	restarted := time.Now().Add(-time.Minute)
	for key, value := range map[string]any{"wait_for_sync": true, "synced_after": restarted.Format(time.RFC3339)} {
		w.syncedAt(name, time.Now().Add(-time.Hour))
		find := decode(t, Latest(), object{"namespace": w.namespace, "storage_location": name, key: value})
		in := w.run("find")
		asked := make(chan string, 10)
		in.Progress = func(msg string) { asked <- msg }
		done := make(chan error, 1)
		go func() {
			_, err := find.Run(t.Context(), in)
			done <- err
		}()
		select {
		case err := <-done:
			t.Fatalf("%s: it did not wait: %v", key, err)
		case <-asked:
		}
		w.syncedAt(name, time.Now())
		w.must(<-done)
	}
	// That sync was after the time, so nobody waits for one more.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = decode(t, Latest(), object{"namespace": w.namespace, "storage_location": name, "synced_after": restarted.Format(time.RFC3339)}).Run(ctx, w.run("find"))
	w.must(err)
}

// syncedAt has a location as Velero leaves it after a sync.
func (w *world) syncedAt(name string, at time.Time) {
	w.t.Helper()
	var l velerov1.BackupStorageLocation
	w.must(w.Get(w.t.Context(), w.Key(name), &l))
	before := l.DeepCopy()
	l.Status.LastSyncedTime = &metav1.Time{Time: at}
	w.must(w.Patch(w.t.Context(), &l, client.MergeFrom(before)))
}

// ownLocation makes a storage location of this test's own, beside what others
// keep in that bucket.
func (w *world) ownLocation() string {
	w.t.Helper()
	name := labtest.Name("drplan-test")
	w.t.Cleanup(func() {
		if err := os.RemoveAll(filepath.Join(w.lab.S3Secondary.DataDir, w.lab.S3Secondary.Bucket, name)); err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(func() {
		w.removeBackups() // while Velero can still reach them
		w.drop(context.Background(), &velerov1.BackupStorageLocation{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name}})
	})
	w.putLocation(name, name)
	return name
}

// locationInput is velero_location's for a folder of the lab's second bucket.
func (w *world) locationInput(name, prefix string) object {
	return object{
		"name": name, "provider": "aws", "bucket": w.lab.S3Secondary.Bucket, "prefix": prefix, "sync_period": "1s",
		"config":     object{"region": w.lab.S3Secondary.Region, "s3Url": w.lab.S3Secondary.Endpoint, "s3ForcePathStyle": "true"},
		"credential": object{"secret": "cloud-credentials"},
	}
}

func (w *world) putLocation(name, prefix string) {
	w.t.Helper()
	_, err := decode(w.t, Location(), w.locationInput(name, prefix)).Run(w.t.Context(), w.run("location"))
	w.must(err)
}

// forgetBackup deletes a backup's object and leaves the bucket alone.
func (w *world) forgetBackup(name string) {
	w.t.Helper()
	var b velerov1.Backup
	w.must(w.Get(w.t.Context(), w.Key(name), &b))
	w.must(w.Delete(w.t.Context(), &b))
}

func TestLatestConforms(t *testing.T) {
	w := newWorld(t)
	w.backup("back_up", object{})
	stepstest.Conform(t, Latest(), stepstest.Case{
		Input: func(*testing.T) any { return object{"namespace": w.namespace} },
		Slow: func(*testing.T) any {
			return object{"namespace": w.namespace, "wait_for_sync": true, "storage_location": "default"}
		},
		Set:         func(in *steps.Run) { in.RunID, in.Cluster = w.runID, w.cluster },
		Fingerprint: w.fingerprint,
	})
}

func TestLatestWithoutVelero(t *testing.T) {
	w := newWorld(t)
	step := decode(t, Latest(), object{"velero_namespace": w.namespace})
	w.fails(step, w.run("find"), false, "no good backup at all")
	if c := w.check(step, w.run("find"), checkBackup); c.Err == nil || !c.Defer {
		t.Errorf("preflight: %+v", c)
	}
	named := decode(t, Latest(), object{"storage_location": "nowhere"})
	w.fails(named, w.run("find"), false, "there is no BackupStorageLocation nowhere", "there are [", "default")
	if c := w.check(named, w.run("find"), server.CheckLocation); c.Err == nil {
		t.Error("preflight sees a location that is not there")
	}
}
