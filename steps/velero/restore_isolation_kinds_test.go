package velero

import (
	"context"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/internal/labtest"
)

// takenOut are kinds that a restore leaves out where it isolates, by their plurals.
// Here no controller acts on them: they need be known to the API server alone.
var takenOut = map[string]schema.GroupVersionKind{
	"gateways":     {Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway"},
	"httproutes":   {Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
	"certificates": {Group: "cert-manager.io", Version: "v1", Kind: "Certificate"},
	"dnsendpoints": {Group: "externaldns.k8s.io", Version: "v1alpha1", Kind: "DNSEndpoint"},
}

// TestRestoreTakesKindsOut: routes, certificates and names of others' kinds come
// back where a restore isolates nothing, and do not where it does.
func TestRestoreTakesKindsOut(t *testing.T) {
	labtest.NeedsAlone(t)
	s := backedUp(t)
	s.forgetKinds()
	for plural, kind := range takenOut {
		s.define(plural, kind)
		s.make(kind)
	}
	s.restartVelero(t.Context())
	s.backUp()
	for policy, there := range map[string]bool{"none": true, denyAll: false} {
		isolation := map[string]any{"policy": policy}
		if there {
			isolation["reason"] = "the test shows what is in the backup"
		}
		to := labtest.Name("drplan-test")
		s.lab.Cluster.Drop(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: to}})
		_, err := s.step(map[string]any{"namespace_mappings": map[string]string{s.ns: to}, "isolation": isolation}).Run(t.Context(), s.run().Run)
		s.ok(err)
		for _, kind := range takenOut {
			err := s.srv.Get(t.Context(), client.ObjectKey{Namespace: to, Name: "shop"}, bare(kind))
			if client.IgnoreNotFound(err) != nil || apierrors.IsNotFound(err) == there {
				t.Errorf("isolation %s: the %s is there: %v, want %v (%v)", policy, kind.Kind, err == nil, there, err)
			}
		}
	}
}

// forgetKinds has Velero look anew when the test's kinds are gone: it looks every five
// minutes, and until then would miss them in every backup, which fails in part.
func (s *scene) forgetKinds() {
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		for plural, kind := range takenOut {
			for err := error(nil); !apierrors.IsNotFound(err); {
				s.ok(ctx.Err())
				err = s.srv.Get(ctx, client.ObjectKey{Name: plural + "." + kind.Group}, bare(crdKind))
			}
		}
		s.restartVelero(ctx)
	})
}

// restartVelero has another pod run its server, and waits until that is ready.
func (s *scene) restartVelero(ctx context.Context) {
	s.t.Helper()
	server := []client.ListOption{client.InNamespace(s.srv.Namespace), client.MatchingLabels{"deploy": "velero"}}
	var pods corev1.PodList
	s.ok(s.srv.List(ctx, &pods, server...))
	former := map[types.UID]bool{}
	for _, p := range pods.Items {
		former[p.UID] = true
		s.ok(client.IgnoreNotFound(s.srv.Delete(ctx, &p, client.GracePeriodSeconds(0))))
	}
	s.ok(s.srv.Await(ctx, &pods, func() (bool, error) {
		return slices.ContainsFunc(pods.Items, func(p corev1.Pod) bool {
			return !former[p.UID] && slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
				return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
			})
		}), nil
	}, server...))
}

var crdKind = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}

func bare(kind schema.GroupVersionKind) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(kind)
	return o
}

// define makes a kind known to the API server, unless it is.
func (s *scene) define(plural string, kind schema.GroupVersionKind) {
	s.t.Helper()
	crd := bare(crdKind)
	crd.SetName(plural + "." + kind.Group)
	crd.SetAnnotations(map[string]string{"api-approved.kubernetes.io": "unapproved, only of a test"})
	crd.Object["spec"] = map[string]any{
		"group": kind.Group, "scope": "Namespaced", "names": map[string]any{"kind": kind.Kind, "plural": plural},
		"versions": []any{map[string]any{"name": kind.Version, "served": true, "storage": true, "schema": map[string]any{
			"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true},
		}}},
	}
	err := s.srv.Create(s.t.Context(), crd)
	if apierrors.IsAlreadyExists(err) {
		return
	}
	s.ok(err)
	s.lab.Cluster.Drop(s.t, crd)
}

// make makes an object of a kind that the API server may not serve yet.
func (s *scene) make(kind schema.GroupVersionKind) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	for {
		o := bare(kind)
		o.SetNamespace(s.ns)
		o.SetName("shop")
		err := s.srv.Create(ctx, o)
		if !meta.IsNoMatchError(err) && !apierrors.IsNotFound(err) {
			s.ok(err)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}
