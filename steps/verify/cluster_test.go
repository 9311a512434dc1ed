package verify

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// lab is a namespace on the real cluster, and what to ask it by.
type lab struct {
	client.WithWatch
	kube labtest.Kubernetes
	ns   string
}

func onLab(t *testing.T) *lab {
	t.Helper()
	kube := labtest.Cluster(t).Cluster
	t.Setenv("KUBECONFIG", kube.Kubeconfig)
	return &lab{kube.Client(t), kube, kube.Namespace(t, nil)}
}

func (l *lab) make(t *testing.T, o client.Object) {
	t.Helper()
	o.SetNamespace(l.ns)
	if err := l.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// comesTrue waits as a plan would.
func comesTrue(t *testing.T, input obj) steps.Outputs {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	input["interval"] = "200ms"
	out, err := stepstest.Decode(t, Kind(), input).Run(ctx, stepstest.NewRun(t).Run)
	if err != nil {
		t.Fatalf("%v: %v", input, err)
	}
	stepstest.CheckOutputs(t, Kind(), out)
	return out
}

// web is a Deployment of one busybox that serves its folder.
func web(name, image string, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
				TerminationGracePeriodSeconds: new(int64(0)),
				Containers: []corev1.Container{{
					Name: "web", Image: image, ImagePullPolicy: corev1.PullNever,
					Command: []string{"sh", "-c", "mkdir /www; echo fine >/www/healthz; exec httpd -f -p 8080 -h /www"},
					ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{
						HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(8080)}}},
				}},
			}},
		},
	}
}

// TestWorkloads: they start, and the probes inside see them serve.
func TestWorkloads(t *testing.T) {
	l := onLab(t)
	ready := func(more obj) obj {
		more["namespace"] = l.ns
		return obj{"workloads_ready": more}
	}
	fails(t, ready(obj{}), "0 workloads ready in "+l.ns+", expected at least 1")
	l.make(t, web("idle", labtest.Image, 0))
	fails(t, ready(obj{}), "0 workloads ready in "+l.ns+", expected at least 1")
	l.make(t, web("shop", labtest.Image, 1))
	out := comesTrue(t, ready(obj{}))
	if out["observed"].(map[string]any)["workloads_ready"] != "1 workloads ready" {
		t.Errorf("observed %v", out["observed"])
	}
	fails(t, ready(obj{"min": 2}), "1 workloads ready in "+l.ns+", expected at least 2")
	empty := l.kube.Namespace(t, nil)
	both := obj{"workloads_ready": obj{"namespaces": []string{l.ns, empty}}}
	fails(t, both, "0 workloads ready in "+empty+", expected at least 1")
	both["workloads_ready"].(obj)["min"] = 0
	holds(t, both)

	inPod := func(more obj) obj {
		more["namespace"], more["selector"] = l.ns, "app=shop"
		return obj{"in_pod": []obj{more}}
	}
	holds(t, inPod(obj{"http": obj{"port": 8080, "path": "/healthz", "body": "^fine"}}))
	holds(t, inPod(obj{"http": obj{"port": 8080, "path": "/absent", "status": 404}}))
	fails(t, inPod(obj{"http": obj{"port": 8080, "path": "/absent"}}), "status 404, expected 200")
	fails(t, inPod(obj{"http": obj{"port": 8080, "path": "/healthz", "body": "broken"}}), `does not match "broken"`)
	fails(t, inPod(obj{"http": obj{"port": 81}}), "status 503, expected 200")
	holds(t, inPod(obj{"run": []string{"cat", "/www/healthz"}, "stdout": "^fine"}))
	holds(t, inPod(obj{"run": "exit 3", "exit": 3}))
	fails(t, inPod(obj{"run": "echo oh >&2; false"}), `exit code 1, expected 0: "oh"`)
	fails(t, inPod(obj{"run": []string{"no-such-program"}}), "no-such-program")
	fails(t, inPod(obj{"run": "sleep 60", "timeout": "300ms"}), "deadline exceeded")
	nowhere := obj{"in_pod": []obj{{"namespace": l.ns, "selector": "app=none", "run": "true"}}}
	fails(t, nowhere, "none in the namespace "+l.ns+" matches app=none")

	l.make(t, web("broken", "no-such-image:1", 1))
	l.waitFor(t, "app=broken", "ErrImageNeverPull")
	fails(t, ready(obj{}), "Deployment "+l.ns+"/broken: 0 of 1 pods are available (broken-")
	fails(t, ready(obj{}), "ErrImageNeverPull")
	holds(t, ready(obj{"selector": "app=shop"}))
	fails(t, obj{"in_pod": []obj{{"namespace": l.ns, "selector": "app=broken", "run": "true"}}}, "no pod of app=broken in the namespace "+l.ns+" is ready: broken-")
}

// waitFor waits until a pod shows a reason.
func (l *lab) waitFor(t *testing.T, selector, reason string) {
	t.Helper()
	comesTrue(t, obj{"objects": []obj{{"kind": "Pod", "namespace": l.ns, "selector": selector,
		"that": "object.status.containerStatuses[0].state.waiting.reason == '" + reason + "'"}}})
}

func TestJobsAndBarePods(t *testing.T) {
	l := onLab(t)
	pod := corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{
		Name: "main", Image: labtest.Image, ImagePullPolicy: corev1.PullNever, Command: []string{"sh", "-c", "exit $CODE"},
		Env: []corev1.EnvVar{{Name: "CODE", Value: "0"}},
	}}}
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "good"}, Spec: batchv1.JobSpec{BackoffLimit: new(int32(0)), Template: corev1.PodTemplateSpec{Spec: pod}}}
	l.make(t, job)
	l.make(t, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "bare"}, Spec: pod})
	comesTrue(t, obj{"workloads_ready": obj{"namespace": l.ns, "min": 2}})
	bad := job.DeepCopy()
	bad.ObjectMeta = metav1.ObjectMeta{Name: "bad"}
	bad.Spec.Selector, bad.Spec.Template.Labels = nil, nil
	bad.Spec.Template.Spec.Containers[0].Env[0].Value = "1"
	l.make(t, bad)
	comesTrue(t, obj{"objects": []obj{{"kind": "Job", "name": "bad", "namespace": l.ns, "that": "object.status.failed == 1 && object.status.conditions.exists(c, c.type == 'Failed')"}}})
	fails(t, obj{"workloads_ready": obj{"namespace": l.ns}}, "Job "+l.ns+"/bad: it failed: ")
}

func TestResourcesNodesAndObjects(t *testing.T) {
	l := onLab(t)
	for _, name := range []string{"one", "two"} {
		l.make(t, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "shop"}}, Data: map[string]string{"name": name}})
	}
	maps := func(more obj) obj {
		more["kind"], more["namespace"] = "ConfigMap", l.ns
		if more["name"] == nil {
			more["selector"] = "app=shop"
		}
		return more
	}
	exist := func(more obj) obj { return obj{"resources_exist": []obj{maps(more)}} }
	holds(t, exist(obj{}))
	holds(t, exist(obj{"equals": 2}))
	holds(t, exist(obj{"name": "one", "equals": 1}))
	fails(t, exist(obj{"equals": 3}), "2 ConfigMap with app=shop in "+l.ns+", expected exactly 3")
	fails(t, exist(obj{"name": "three"}), "0 ConfigMap three in "+l.ns+", expected at least 1")
	fails(t, exist(obj{"max": 1}), "at most 1")
	fails(t, obj{"resources_exist": []obj{{"kind": "Gizmo"}}}, `serves no kind "Gizmo"`)

	objects := func(that string, more obj) obj {
		more["that"] = that
		return obj{"objects": []obj{maps(more)}}
	}
	holds(t, objects("object.data.name in ['one', 'two']", obj{"min": 2}))
	fails(t, objects("object.data.name == 'one'", obj{}), `ConfigMap `+l.ns+`/two: data.name is "two"`)
	fails(t, objects("object.data.age == '1'", obj{"name": "one"}), "data.age is not there")
	fails(t, objects("true", obj{"name": "three"}), "0 ConfigMap three in "+l.ns+", expected at least 1")

	holds(t, obj{"nodes_ready": obj{}})
	holds(t, obj{"nodes_ready": obj{"equals": 1}})
	fails(t, obj{"nodes_ready": obj{"min": 2}}, "1 nodes ready, expected at least 2")
	fails(t, obj{"nodes_ready": obj{"selector": "no=such"}}, "0 nodes ready, expected at least 1")
}

func TestClaims(t *testing.T) {
	l := onLab(t)
	bound := obj{"pvcs_bound": obj{"namespace": l.ns}}
	fails(t, bound, "0 claims bound in "+l.ns+", expected at least 1")
	l.make(t, &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{
		StorageClassName: new(""), VolumeName: l.volume(t),
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: oneMi}},
	}})
	comesTrue(t, bound)
	l.make(t, &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "more"}, Spec: corev1.PersistentVolumeClaimSpec{
		StorageClassName: new("no-such-class"),
		AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: oneMi}},
	}})
	fails(t, bound, l.ns+"/more is Pending")
}

// volume is one that a claim of the test's namespace can have.
func (l *lab) volume(t *testing.T) string {
	t.Helper()
	pv := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: labtest.Name("drplan-test")}, Spec: corev1.PersistentVolumeSpec{
		Capacity:               corev1.ResourceList{corev1.ResourceStorage: oneMi},
		AccessModes:            []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/tmp"}},
		ClaimRef:               &corev1.ObjectReference{Namespace: l.ns, Name: "data"},
	}}
	if err := l.Create(t.Context(), pv); err != nil {
		t.Fatal(err)
	}
	l.kube.Drop(t, pv)
	return pv.Name
}

// TestClusterConforms, and its preflight asks for what it will need.
func TestClusterConforms(t *testing.T) {
	l := onLab(t)
	input := obj{
		"nodes_ready": obj{}, "resources_exist": []obj{{"kind": "Namespace", "name": l.ns}},
		"objects": []obj{{"kind": "Namespace", "name": l.ns, "that": "object.status.phase == 'Active'"}},
	}
	stepstest.Conform(t, Kind(), stepstest.Case{
		Input: func(*testing.T) any { return input },
		Slow:  func(*testing.T) any { return obj{"workloads_ready": obj{"namespace": l.ns}, "interval": "10ms"} },
	})
}

// TestAServerThatIsDown is waited for: it is what a recovery brings back.
func TestAServerThatIsDown(t *testing.T) {
	l := onLab(t)
	step := stepstest.Decode(t, Kind(), obj{"nodes_ready": obj{}, "interval": "10ms"}).(*step)
	in := stepstest.NewRun(t).Run
	in.Cluster = &steps.Cluster{Kubeconfig: unreachable(t, l.kube)}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	in.Progress = func(string) { cancel(errEnough) }
	if _, err := step.Run(ctx, in); !errors.Is(err, errEnough) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("got %v", err)
	}
	in.Attempt = 0
	if got := step.Preflight(t.Context(), in); len(got) != 1 || got[0].Name != "api_server" || !got[0].Defer {
		t.Errorf("got %+v", got)
	}
}
