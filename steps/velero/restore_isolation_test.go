package velero

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/isolate"
)

const dns = "external-dns.alpha.kubernetes.io/hostname"

// acting are objects that would act beside production.
func acting() []client.Object {
	named := func(name string, annotations ...string) metav1.ObjectMeta {
		m := metav1.ObjectMeta{Name: name, Annotations: map[string]string{"mine": "kept"}}
		for _, a := range annotations {
			m.Annotations[a] = "shop.example.com"
		}
		return m
	}
	prefix := networkingv1.PathTypePrefix
	template := corev1.PodTemplateSpec{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "c", Image: labtest.Image, Command: []string{"true"}}}}}
	ports := func(nodePort int32) []corev1.ServicePort {
		return []corev1.ServicePort{{Name: "a", Port: 80, NodePort: nodePort}, {Name: "b", Port: 81, Protocol: corev1.ProtocolUDP}}
	}
	return []client.Object{
		&batchv1.CronJob{ObjectMeta: named("tick"), Spec: batchv1.CronJobSpec{Schedule: "0 0 1 1 *", JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template}}}},
		&corev1.Service{ObjectMeta: named("lb", dns), Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, ExternalTrafficPolicy: corev1.ServiceExternalTrafficPolicyTypeLocal, Ports: ports(0)}},
		&corev1.Service{ObjectMeta: named("np"), Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: ports(0)}},
		&networkingv1.Ingress{ObjectMeta: named("in"), Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{Host: "shop.example.com", IngressRuleValue: networkingv1.IngressRuleValue{
			HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{Path: "/", PathType: &prefix, Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "web", Port: networkingv1.ServiceBackendPort{Number: 80}}}}}},
		}}}}},
		&networkingv1.NetworkPolicy{ObjectMeta: named("allow"), Spec: networkingv1.NetworkPolicySpec{
			Ingress: []networkingv1.NetworkPolicyIngressRule{{}}, Egress: []networkingv1.NetworkPolicyEgressRule{{}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
		}},
	}
}

// keepNodePorts says on a service which node ports its author chose, as kubectl
// apply does: those Velero restores.
func (s *scene) keepNodePorts(name string) {
	s.t.Helper()
	var o corev1.Service
	s.ok(s.srv.Get(s.t.Context(), client.ObjectKey{Namespace: s.ns, Name: name}, &o))
	before := client.MergeFrom(o.DeepCopy())
	applied := `{"spec": {"ports": [{"name": "a", "nodePort": ` + strconv.Itoa(int(o.Spec.Ports[0].NodePort)) + `}]}}`
	o.Annotations["kubectl.kubernetes.io/last-applied-configuration"] = applied
	s.ok(s.srv.Patch(s.t.Context(), &o, before))
}

// TestRestoreIsolated: restored into another namespace in a drill, nothing acts.
func TestRestoreIsolated(t *testing.T) {
	s := backedUp(t, acting()...)
	s.keepNodePorts("np")
	s.keepNodePorts("lb")
	s.backUp()
	to := labtest.Name("drplan-test")
	s.lab.Cluster.Drop(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: to}})
	run := s.run()
	step := s.step(map[string]any{"namespace_mappings": map[string]string{s.ns: to}})
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
	if out["isolation"] != denyAll || out["isolation_proof"] != unprobed {
		t.Errorf("isolation %v, %v", out["isolation"], out["isolation_proof"])
	}
	get := func(name string, o client.Object) error {
		return s.srv.Get(t.Context(), client.ObjectKey{Namespace: to, Name: name}, o)
	}
	var cron batchv1.CronJob
	s.ok(get("tick", &cron))
	if cron.Spec.Suspend == nil || !*cron.Spec.Suspend {
		t.Error("the CronJob is not suspended")
	}
	for _, name := range []string{"lb", "np"} {
		var svc corev1.Service
		s.ok(get(name, &svc))
		if svc.Spec.Type != corev1.ServiceTypeClusterIP || svc.Spec.Ports[0].NodePort != 0 || svc.Spec.Ports[1].NodePort != 0 {
			t.Errorf("the Service %s is reached from outside: %+v", name, svc.Spec)
		}
		if svc.Annotations[dns] != "" || svc.Annotations["mine"] != "kept" {
			t.Errorf("annotations of %s: %v", name, svc.Annotations)
		}
	}
	if err := get("in", new(networkingv1.Ingress)); !apierrors.IsNotFound(err) {
		t.Errorf("the Ingress was restored: %v", err)
	}
	for _, name := range []string{"allow", isolate.PolicyName} {
		var policy networkingv1.NetworkPolicy
		s.ok(get(name, &policy))
		if len(policy.Spec.Ingress)+len(policy.Spec.Egress) != 0 || len(policy.Spec.PolicyTypes) != 2 {
			t.Errorf("the policy %s allows something: %+v", name, policy.Spec)
		}
	}
	s.runningIn(to, "web")
	if got := s.inVolume(to, "web"); got != s.bytes {
		t.Errorf("the volume holds %q, want %q", got, s.bytes)
	}
	if ns := s.namespace(to); ns.Annotations["drplan.dev/run"] != run.RunID {
		t.Errorf("the namespace is not marked: %v", ns.Annotations)
	}
	if err := s.srv.Get(t.Context(), s.srv.Key(out["restore"].(string)), new(corev1.ConfigMap)); !apierrors.IsNotFound(err) {
		t.Errorf("the rules are left behind: %v", err)
	}
}

// TestRestoreProvesIsolation: where a policy is enforced a connection is denied;
// where none is, nothing is restored.
func TestRestoreProvesIsolation(t *testing.T) {
	s := backedUp(t)
	to := labtest.Name("drplan-test")
	s.lab.Cluster.Drop(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: to}})
	run := s.run()
	input := map[string]any{
		"namespace_mappings": map[string]string{s.ns: to},
		"isolation":          map[string]any{"policy": denyAll, "probe_image": labtest.Image},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := s.step(input).Run(ctx, run.Run)
	if err == nil {
		t.Logf("enforced: %v", out["isolation_proof"])
		if !strings.Contains(out["isolation_proof"].(string), "was denied") {
			t.Errorf("proof %v", out["isolation_proof"])
		}
		return
	}
	if !strings.Contains(err.Error(), isolate.ErrOpen.Error()) {
		t.Fatal(err)
	}
	t.Logf("this cluster has no enforcer, so that a denied connection is not shown here: %v", err)
	var pods corev1.PodList
	s.ok(s.srv.List(t.Context(), &pods, client.InNamespace(to)))
	if len(pods.Items) != 0 {
		t.Errorf("%d pods were restored, or the probe is left", len(pods.Items))
	}
	input["isolation"].(map[string]any)["unproven"] = "report"
	run.Attempt = 2
	out, err = s.step(input).Run(ctx, run.Run)
	if err != nil || !strings.HasPrefix(out["isolation_proof"].(string), "not proven: ") {
		t.Errorf("reported as %v, %v", out, err)
	}
}
