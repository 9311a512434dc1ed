package velero

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// scene is a namespace with a workload whose volume holds bytes, and a backup of
// it, in the lab's cluster.
type scene struct {
	t      testing.TB
	lab    *labtest.Lab
	srv    *server.Server
	ns     string
	backup string
	bytes  string // what the volume holds
}

func onCluster(lab *labtest.Lab) *steps.Cluster {
	return &steps.Cluster{Name: "lab", Context: lab.Cluster.Context, Kubeconfig: lab.Cluster.Kubeconfig, UID: "pinned", Drill: true}
}

// backedUp makes a namespace, fills it with make, and backs it up.
func backedUp(t testing.TB, fill ...client.Object) *scene {
	t.Helper()
	lab := labtest.Cluster(t)
	srv, err := server.Where{VeleroNamespace: lab.Cluster.VeleroNamespace}.Dial(&steps.Run{Cluster: onCluster(lab)})
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, lab: lab, srv: srv, ns: lab.Cluster.Namespace(t, nil), bytes: labtest.Name("bytes")}
	for _, o := range append(s.workload(), fill...) {
		o.SetNamespace(s.ns)
		s.ok(srv.Create(t.Context(), o))
	}
	s.running("web")
	s.backUp()
	return s
}

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// workload is a pod with a volume, a ConfigMap and a Service.
func (s *scene) workload() []client.Object {
	return []client.Object{
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings"}, Data: map[string]string{"a": "1"}},
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Port: 80}},
		}},
		s.pod("web"),
	}
}

func (s *scene) pod(name string) *corev1.Pod {
	grace := int64(0)
	// The bytes are written once: what is there after a restore came from it.
	script := fmt.Sprintf("[ -s /data/bytes ] || echo %s >/data/bytes; cat /data/bytes; exec sleep 100000", s.bytes)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			Volumes: []corev1.Volume{
				{Name: "data", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
				{Name: "settings", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}}}},
			},
			Containers: []corev1.Container{{
				Name: "web", Image: labtest.Image, Command: []string{"sh", "-c", script},
				VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}, {Name: "settings", MountPath: "/settings"}},
				ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{
					Exec: &corev1.ExecAction{Command: []string{"test", "-s", "/data/bytes"}},
				}},
			}},
		},
	}
}

func (s *scene) running(pod string) { s.runningIn(s.ns, pod) }

func (s *scene) runningIn(ns, pod string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 90*time.Second)
	defer cancel()
	var pods corev1.PodList
	s.ok(s.srv.Await(ctx, &pods, func() (bool, error) {
		for _, p := range pods.Items {
			for _, c := range p.Status.Conditions {
				if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
					return true, nil
				}
			}
		}
		return false, nil
	}, client.InNamespace(ns), client.MatchingFields{"metadata.name": pod}))
}

func (s *scene) backUp() {
	s.t.Helper()
	all := true
	b := &velerov1.Backup{Spec: velerov1.BackupSpec{IncludedNamespaces: []string{s.ns}, DefaultVolumesToFsBackup: &all, StorageLocation: "default"}}
	b.Namespace, b.Name = s.srv.Namespace, labtest.Name("drplan-test")
	s.backup = b.Name
	s.ok(s.srv.AwaitAvailable(s.t.Context(), b.Spec.StorageLocation, func(said string) { s.t.Log(said) })) // the machine may be busy
	s.ok(s.srv.Create(s.t.Context(), b))
	s.t.Cleanup(func() { s.forget(b.Name) })
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer cancel()
	var list velerov1.BackupList
	s.ok(s.srv.Await(ctx, &list, func() (bool, error) {
		return len(list.Items) == 1 && server.OfBackup(list.Items[0].Status.Phase).Ended(), nil
	}, s.srv.One(b.Name)...))
	if p := list.Items[0].Status.Phase; p != velerov1.BackupPhaseCompleted {
		s.t.Fatalf("the backup is %s: %s %v", p, list.Items[0].Status.FailureReason, list.Items[0].Status.ValidationErrors)
	}
}

// forget deletes a backup; Velero deletes its restores with it.
func (s *scene) forget(backup string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	d := &velerov1.DeleteBackupRequest{Spec: velerov1.DeleteBackupRequestSpec{BackupName: backup}}
	d.Namespace, d.Name = s.srv.Namespace, backup
	if err := s.srv.Create(ctx, d); err != nil {
		s.t.Error(err)
	}
}

func (s *scene) drop(o client.Object) {
	s.t.Helper()
	s.ok(s.srv.Delete(s.t.Context(), o))
}

// lose deletes the namespace and waits until it is gone.
func (s *scene) lose() {
	s.t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.ns}}
	s.drop(ns)
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	var list corev1.NamespaceList
	s.ok(s.srv.Await(ctx, &list, func() (bool, error) { return len(list.Items) == 0, nil }, client.MatchingFields{"metadata.name": s.ns}))
}

// run is a first attempt in a drill on the lab.
func (s *scene) run() *stepstest.Recorder {
	r := stepstest.NewRun(s.t)
	r.Cluster = onCluster(s.lab)
	r.RunID = labtest.Name("20260101T000000Z-test")
	return r
}

func (s *scene) input(more map[string]any) map[string]any {
	in := map[string]any{"from_backup": s.backup, "include_namespaces": []string{s.ns}}
	for k, v := range more {
		in[k] = v
	}
	return in
}

func (s *scene) step(more map[string]any) *restoreStep {
	return stepstest.Decode(s.t, Restore(), s.input(more)).(*restoreStep)
}

// inVolume is what the volume of a pod holds, as the pod prints it.
func (s *scene) inVolume(ns, pod string) string {
	s.t.Helper()
	set, err := kubernetes.NewForConfig(s.srv.Config)
	s.ok(err)
	log, err := set.CoreV1().Pods(ns).GetLogs(pod, &corev1.PodLogOptions{Container: "web"}).DoRaw(s.t.Context())
	s.ok(err)
	return strings.TrimSpace(string(log))
}

func (s *scene) restoreOf(name string) *velerov1.Restore {
	s.t.Helper()
	var o velerov1.Restore
	s.ok(s.srv.Get(s.t.Context(), s.srv.Key(name), &o))
	return &o
}

func (s *scene) namespace(name string) *corev1.Namespace {
	s.t.Helper()
	var o corev1.Namespace
	if err := s.srv.Get(s.t.Context(), client.ObjectKey{Name: name}, &o); err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		s.t.Fatal(err)
	}
	return &o
}
