package velero

import (
	"reflect"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
)

// onHost are a pod, and one of each kind with a template of pods, that would be in
// the node's own network, where no policy binds them, and publish a name. But for
// the pod they make none, so that what is looked at is what Velero restored.
func onHost() []client.Object {
	named := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Labels: map[string]string{"of": name}, Annotations: map[string]string{"mine": "kept", dns: "shop.example.com"}}
	}
	template := func(name string, restart corev1.RestartPolicy) corev1.PodTemplateSpec {
		return corev1.PodTemplateSpec{ObjectMeta: named(name), Spec: corev1.PodSpec{
			HostNetwork: true, RestartPolicy: restart, TerminationGracePeriodSeconds: new(int64(0)),
			Containers: []corev1.Container{{Name: "c", Image: labtest.Image, Command: []string{"sleep", "100000"}}},
		}}
	}
	always := func(name string) corev1.PodTemplateSpec { return template(name, corev1.RestartPolicyAlways) }
	of := func(name string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"of": name}}
	}
	none, bare := new(int32(0)), always("pod")
	daemon, rc := always("daemon"), always("controller")
	daemon.Spec.NodeSelector = map[string]string{"no": "node"}
	job := batchv1.JobSpec{Parallelism: none, Template: template("job", corev1.RestartPolicyNever)}
	return []client.Object{
		&corev1.Pod{ObjectMeta: bare.ObjectMeta, Spec: bare.Spec},
		&appsv1.Deployment{ObjectMeta: named("deployment"), Spec: appsv1.DeploymentSpec{Replicas: none, Selector: of("deployment"), Template: always("deployment")}},
		&appsv1.ReplicaSet{ObjectMeta: named("set"), Spec: appsv1.ReplicaSetSpec{Replicas: none, Selector: of("set"), Template: always("set")}},
		&appsv1.StatefulSet{ObjectMeta: named("stateful"), Spec: appsv1.StatefulSetSpec{Replicas: none, Selector: of("stateful"), Template: always("stateful")}},
		&appsv1.DaemonSet{ObjectMeta: named("daemon"), Spec: appsv1.DaemonSetSpec{Selector: of("daemon"), Template: daemon}},
		&corev1.ReplicationController{ObjectMeta: named("controller"), Spec: corev1.ReplicationControllerSpec{Replicas: none, Template: &rc}},
		&batchv1.Job{ObjectMeta: named("job"), Spec: job},
		&batchv1.CronJob{ObjectMeta: named("cron"), Spec: batchv1.CronJobSpec{Schedule: "0 0 1 1 *", JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template("cron", corev1.RestartPolicyNever)}}}},
	}
}

// pods is what an object says of the pods that it is, or makes.
func pods(o client.Object) (metav1.ObjectMeta, corev1.PodSpec) {
	var t corev1.PodTemplateSpec
	switch o := o.(type) {
	case *corev1.Pod:
		return o.ObjectMeta, o.Spec
	case *appsv1.Deployment:
		t = o.Spec.Template
	case *appsv1.ReplicaSet:
		t = o.Spec.Template
	case *appsv1.StatefulSet:
		t = o.Spec.Template
	case *appsv1.DaemonSet:
		t = o.Spec.Template
	case *corev1.ReplicationController:
		t = *o.Spec.Template
	case *batchv1.Job:
		t = o.Spec.Template
	case *batchv1.CronJob:
		t = o.Spec.JobTemplate.Spec.Template
	}
	return t.ObjectMeta, t.Spec
}

// TestRestoreOffTheHost: restored into another namespace in a drill no pod is in the
// node's own network, none publishes a name, and no job begins again.
func TestRestoreOffTheHost(t *testing.T) {
	s := backedUp(t, onHost()...)
	to := labtest.Name("drplan-test")
	s.lab.Cluster.Drop(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: to}})
	_, err := s.step(map[string]any{"namespace_mappings": map[string]string{s.ns: to}}).Run(t.Context(), s.run().Run)
	s.ok(err)
	for _, was := range onHost() {
		name, o := was.GetName(), reflect.New(reflect.TypeOf(was).Elem()).Interface().(client.Object)
		s.ok(s.srv.Get(t.Context(), client.ObjectKey{Namespace: to, Name: name}, o))
		meta, spec := pods(o)
		if spec.HostNetwork {
			t.Errorf("%s: its pods are in the node's network", name)
		}
		_, suspended := o.(*batchv1.CronJob) // makes no pod, so that its template may say what it likes
		if meta.Annotations["mine"] != "kept" || meta.Annotations[dns] != "" && !suspended {
			t.Errorf("%s: the annotations of its pods are %v", name, meta.Annotations)
		}
		switch o := o.(type) {
		case *batchv1.Job:
			if o.Spec.Suspend == nil || !*o.Spec.Suspend {
				t.Error("the Job is not suspended")
			}
		case *batchv1.CronJob:
			if o.Spec.Suspend == nil || !*o.Spec.Suspend {
				t.Error("the CronJob is not suspended")
			}
		}
	}
}
