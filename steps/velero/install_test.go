package velero

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// TestInstall installs a second Velero, in a namespace of its own, beside the
// lab's.
func TestInstall(t *testing.T) {
	w := newWorld(t)
	ns := w.otherVelero()
	w.schedule(object{"velero_namespace": ns, "action": "create", "name": "night", "cron": "0 0 1 1 *", "paused": true})
	w.schedule(object{"velero_namespace": ns, "action": "unpause", "name": "night"}) // as a restored etcd would have it
	in := w.run("install")
	step := decode(t, Install(), w.installInput(ns, "hunter2"))
	for _, c := range step.(steps.Preflighter).Preflight(t.Context(), in) {
		if c.Err != nil {
			t.Errorf("preflight %s: %v", c.Name, c.Err)
		}
	}
	begun := time.Now()
	out, err := step.Run(t.Context(), in)
	w.must(err)
	t.Logf("installed in %s", time.Since(begun).Round(time.Millisecond))
	stepstest.CheckOutputs(t, Install(), out)
	if out["version"] != "v1.18.3" || out["installed"] != true || out["location"] != "default" || strings.Join(out["paused_schedules"].([]string), " ") != "night" {
		t.Errorf("outputs %v", out)
	}
	w.repoPassword(ns, "hunter2")
	if left, _ := os.ReadDir(in.Dir); len(left) > 0 {
		t.Errorf("left in the run's folder: %v", left)
	}
	again, err := step.Run(t.Context(), in)
	w.must(err)
	if again["installed"] != false || len(again["paused_schedules"].([]string)) != 0 {
		t.Errorf("again: %v", again)
	}
	w.fails(decode(t, Install(), w.installInput(ns, "other")), in, true, "holds another password, and Velero runs with it")
	w.backsUpElsewhere(ns)
}

// otherVelero is the name of a namespace for one, all of which is removed when the
// test ends.
func (w *world) otherVelero() string {
	ns := w.lab.Cluster.Namespace(w.t, map[string]string{"drplan.dev/run": w.runID})
	w.lab.Cluster.Drop(w.t, &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "velero-" + ns}})
	w.t.Cleanup(func() {
		if err := os.RemoveAll(filepath.Join(w.lab.S3Secondary.DataDir, w.lab.S3Secondary.Bucket, ns)); err != nil {
			w.t.Error(err)
		}
	})
	return ns
}

func (w *world) installInput(ns, password string) object {
	content, err := os.ReadFile(filepath.Join(w.lab.Dir, "etc", "velero-credentials"))
	w.must(err)
	return object{
		"velero_namespace": ns, "command": filepath.Join(w.lab.Dir, "bin", "velero"), "provider": "aws",
		"bucket": w.lab.S3Secondary.Bucket, "prefix": ns, "plugins": []string{"velero/velero-plugin-for-aws:v1.14.3"},
		"backup_location_config": object{"region": w.lab.S3Secondary.Region, "s3Url": w.lab.S3Secondary.Endpoint, "s3ForcePathStyle": "true"},
		"credentials":            string(content), "repo_password": password, "node_agent": true,
		"extra_args": []string{"--velero-pod-cpu-request=0", "--node-agent-pod-cpu-request=0", "--velero-pod-mem-request=0", "--node-agent-pod-mem-request=0"},
	}
}

func (w *world) repoPassword(ns, want string) {
	w.t.Helper()
	var secret corev1.Secret
	w.must(w.Get(w.t.Context(), (&server.Server{Namespace: ns}).Key(passwordSecret), &secret))
	if got := string(secret.Data[passwordKey]); got != want {
		w.t.Errorf("the Secret holds a password of %d letters", len(got))
	}
}

// backsUpElsewhere uses the other Velero: a backup, its only location made read-only,
// another one made the default, all schedules unpaused.
func (w *world) backsUpElsewhere(ns string) {
	w.t.Helper()
	w.backup("elsewhere", object{"velero_namespace": ns})
	input := w.locationInput("second", ns+"/second")
	input["velero_namespace"], input["default"] = ns, true
	out, err := w.location(input)
	if err != nil || out["default"] != true {
		w.t.Errorf("second location: %v, %v", out, err)
	}
	other, err := (server.Where{VeleroNamespace: ns}).Dial(&steps.Run{Cluster: w.cluster})
	w.must(err)
	if l, err := other.Location(w.t.Context(), ""); err != nil || l.Name != "second" {
		w.t.Errorf("default is %v, %v", l, err)
	}
	var first velerov1.BackupStorageLocation
	w.must(other.Get(w.t.Context(), other.Key("default"), &first))
	if first.Spec.Default {
		w.t.Error("there are two defaults")
	}
	if out := w.schedule(object{"velero_namespace": ns, "action": "unpause", "all": true}); !changed(out, "night") {
		w.t.Errorf("unpaused %v", out)
	}
}

// TestInstallThatDoesNotStart: the error names the pod and what keeps it.
func TestInstallThatDoesNotStart(t *testing.T) {
	w := newWorld(t)
	ns := w.otherVelero()
	input := w.installInput(ns, "hunter2")
	input["image"] = "drplan.invalid/velero:" + labtest.Name("v")
	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
	defer cancel()
	_, err := decode(t, Install(), input).Run(ctx, w.run("install"))
	for _, part := range []string{"deadline exceeded", "the server is not ready: pod velero-", "container velero (image drplan.invalid/velero:"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v lacks %q", err, part)
		}
	}
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Error("the password shows")
	}
	t.Log(err)
	input["extra_args"] = []string{"--no-such-flag"}
	w.fails(decode(t, Install(), input), w.run("install"), false, "velero install: exit status 1", "no-such-flag")
	input["command"] = "no-such-velero"
	w.fails(decode(t, Install(), input), w.run("install"), true, "no-such-velero")
	if c := w.check(decode(t, Install(), input), w.run("install"), checkTool); c.Err == nil {
		t.Error("preflight finds a command that is not there")
	}
}

func TestInstallInADrill(t *testing.T) {
	w := newWorld(t)
	drill := w.run("install")
	drill.Mode = "drill"
	w.fails(decode(t, Install(), w.installInput(w.namespace, "x")), drill, true, "a drill must not change objects of the whole cluster")
}

// TestInstallTidiesUp: credentials that a killed process has left go.
func TestInstallTidiesUp(t *testing.T) {
	in := &steps.Run{Dir: t.TempDir()}
	step := &installStep{}
	for range 2 {
		if err := step.Tidy(in); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(secretFile(in), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := step.Tidy(in); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(secretFile(in)); err == nil {
		t.Error("the credentials are left")
	}
}

// TestInstallNeedsAnAnswer: a server that is ready only by what the API server
// remembers, as after a restore of etcd, is none. Here it is a program that runs and
// answers nobody.
func TestInstallNeedsAnAnswer(t *testing.T) {
	w := newWorld(t)
	ns := w.otherVelero()
	w.must(w.Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "mute"}, Data: map[string]string{"velero": "#!/bin/sh\nexec sleep 3600\n"},
	}))
	w.must(w.Create(t.Context(), muteServer(ns)))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	input := w.installInput(ns, "hunter2")
	input["node_agent"] = false
	_, err := decode(t, Install(), input).Run(ctx, w.run("install"))
	if err == nil || !strings.Contains(err.Error(), "the server's Deployment is ready, but it does not answer") {
		t.Errorf("a mute server counts: %v", err)
	}
	t.Log(err)
}

func muteServer(ns string) *appsv1.Deployment {
	labels := map[string]string{"deploy": "velero"}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "velero"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					Containers: []corev1.Container{{
						Name: "velero", Image: "busybox:1.35", Command: []string{"/mute/velero"}, Args: []string{"server"},
						VolumeMounts: []corev1.VolumeMount{{Name: "mute", MountPath: "/mute"}},
					}},
					Volumes: []corev1.Volume{{Name: "mute", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
						LocalObjectReference: corev1.LocalObjectReference{Name: "mute"}, DefaultMode: new(int32(0o755)),
					}}}},
				},
			},
		},
	}
}
