package velero

import (
	"context"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

func (w *world) location(input object) (steps.Outputs, error) {
	w.t.Helper()
	return decode(w.t, Location(), input).Run(w.t.Context(), w.run("location"))
}

func TestLocationLife(t *testing.T) {
	w := newWorld(t)
	name := w.ownLocation()
	out, err := w.location(w.locationInput(name, name))
	w.must(err)
	stepstest.CheckOutputs(t, Location(), out)
	if out["phase"] != "Available" || out["access_mode"] != "read_write" || out["bucket"] != w.lab.S3Secondary.Bucket || out["default"] != false {
		t.Errorf("made: %v", out)
	}
	for _, mode := range []string{"read_only", "read_write"} {
		out, err := w.location(object{"name": name, "access_mode": mode})
		w.must(err)
		again, err := w.location(object{"name": name, "access_mode": mode})
		w.must(err)
		if out["access_mode"] != mode || out["changed"] != true || again["changed"] != false {
			t.Errorf("%s: %v, again %v", mode, out, again)
		}
		writable := decode(t, Backup(), object{"include_namespaces": []string{w.namespace}, "storage_location": name})
		if c := w.check(writable, w.run("s"), server.CheckLocation); (c.Err != nil) != (mode == "read_only") {
			t.Errorf("%s: velero_backup's preflight says %+v", mode, c)
		}
	}
}

// TestLocationThatStaysUnavailable: what Velero says of it is in the error.
func TestLocationThatStaysUnavailable(t *testing.T) {
	w := newWorld(t)
	name := w.ownLocation()
	input := w.locationInput(name, name)
	input["bucket"] = "no-such-bucket"
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	_, err := decode(t, Location(), input).Run(ctx, w.run("location"))
	for _, part := range []string{"deadline exceeded", "the BackupStorageLocation " + name + " is Unavailable: ", "NoSuchBucket"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v lacks %q", err, part)
		}
	}
	input["wait"] = false
	out, err := w.location(input)
	if err != nil || out["phase"] != "Unavailable" {
		t.Errorf("not waited for: %v, %v", out, err)
	}
	c := w.check(decode(t, Backup(), object{"storage_location": name}), w.run("s"), server.CheckLocation)
	if c.Err == nil || !strings.Contains(c.Err.Error(), "is Unavailable: ") {
		t.Errorf("velero_backup's preflight says %+v", c)
	}
}

// TestLocationWithCredentials: the Secret is written first, and its content shows
// nowhere.
func TestLocationWithCredentials(t *testing.T) {
	w := newWorld(t)
	name := w.ownLocation()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name}}
	w.lab.Cluster.Drop(t, secret)
	content := "[default]\naws_access_key_id=" + w.lab.S3Secondary.AccessKey + "\naws_secret_access_key=" + w.lab.S3Secondary.SecretKey + "\n"
	input := w.locationInput(name, name)
	input["credential"] = object{"secret": name, "key": "file", "content": content}
	stepstest.Conform(t, Location(), stepstest.Case{
		Input:       func(*testing.T) any { return input },
		Set:         func(in *steps.Run) { in.RunID, in.Cluster, in.Mode = w.runID, w.cluster, "recovery" },
		Fingerprint: w.fingerprint,
		Secrets:     []string{w.lab.S3Secondary.SecretKey},
	})
	w.must(w.Get(t.Context(), w.Key(name), secret))
	if string(secret.Data["file"]) != content {
		t.Errorf("the Secret holds %d bytes", len(secret.Data["file"]))
	}
	input["credential"] = object{"secret": name, "key": "other"}
	if c := w.check(decode(t, Location(), input), w.run("s"), checkCredential); c.Err == nil || !strings.Contains(c.Err.Error(), "has no key other") {
		t.Errorf("%+v", c)
	}
}

func TestLocationThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	step := decode(t, Location(), object{"name": "drplan-not-there", "access_mode": "read_only"})
	w.fails(step, w.run("s"), false, "there is no BackupStorageLocation drplan-not-there", "give provider and bucket")
	if c := w.check(step, w.run("s"), server.CheckLocation); c.Err == nil || !c.Defer {
		t.Errorf("%+v", c)
	}
}

// TestDefaultLocationIsOne: to make one the default takes that from the others.
func TestDefaultLocationIsOne(t *testing.T) {
	ours, other := &velerov1.BackupStorageLocation{}, &velerov1.BackupStorageLocation{}
	ours.Name, other.Name, other.Spec.Default = "ours", "other", true
	step := &locationStep{Name: "ours"}
	step.adjust(ours)
	step.adjust(other)
	if ours.Spec.Default || !other.Spec.Default {
		t.Error("default changed though nobody asked")
	}
	step.Default, step.AccessMode = true, readOnly
	step.adjust(ours)
	step.adjust(other)
	if !ours.Spec.Default || other.Spec.Default || ours.Spec.AccessMode != "ReadOnly" || other.Spec.AccessMode != "" {
		t.Errorf("ours %+v, other %+v", ours.Spec, other.Spec)
	}
}
