package kube

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/stepstest"
)

const settings = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: fast}
`

func TestApplyConforms(t *testing.T) {
	l := onLab(t)
	stepstest.Conform(t, onKubeconfig(t, Apply()), stepstest.Case{
		Input: func(*testing.T) any { return obj{"inline": settings, "namespace": l.fresh(t)} },
	})
}

// onKubeconfig lets a kind's own Run find the lab as the current context.
func onKubeconfig(t *testing.T, k steps.Kind) steps.Kind {
	t.Setenv("KUBECONFIG", labtest.Cluster(t).Cluster.Kubeconfig)
	return k
}

// fresh is a namespace of the run that the conformance suite makes up.
func (l *lab) fresh(t *testing.T) string {
	return l.Namespace(t, map[string]string{kubeclient.RunAnnotation: stepstest.NewRun(t).RunID})
}

func TestApplyTwice(t *testing.T) {
	l := onLab(t)
	input := obj{"inline": settings, "namespace": l.ns}
	out := l.must(t, Apply(), input)
	want := "ConfigMap " + l.ns + "/settings"
	if out["applied"] != 1 || out["changed"] != 1 || !slices.Equal(out["created"].([]string), []string{want}) {
		t.Errorf("first: %v", out)
	}
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings", Namespace: l.ns}}
	if !l.there(t, cm) || cm.Data["mode"] != "fast" || cm.ManagedFields[0].Manager != manager || cm.ManagedFields[0].Operation != "Apply" {
		t.Errorf("the object is not as applied: %v", cm)
	}
	out = l.must(t, Apply(), input)
	if out["applied"] != 1 || out["changed"] != 0 || len(out["created"].([]string)) != 0 {
		t.Errorf("second, of another step: %v", out)
	}
}

// TestApplyKnowsWhatItsFormerAttemptMade: a crash between making and answering.
func TestApplyKnowsWhatItsFormerAttemptMade(t *testing.T) {
	l := onLab(t)
	step := stepstest.Decode(t, Apply(), obj{"inline": settings, "namespace": l.ns})
	for range 2 {
		out, err := step.Run(t.Context(), l.in)
		if err != nil || len(out["created"].([]string)) != 1 {
			t.Errorf("got %v, %v", out, err)
		}
	}
}

// TestApplyConflict: who owns the field is in the error, and force takes it.
func TestApplyConflict(t *testing.T) {
	l := onLab(t)
	l.configMap(t, "settings", func(cm *corev1.ConfigMap) { cm.Data = map[string]string{"mode": "slow"} })
	l.refuse(t, Apply(), obj{"inline": settings, "namespace": l.ns}, ".data.mode", "kube.test", "force: true")
	l.must(t, Apply(), obj{"inline": settings, "namespace": l.ns, "force": true})
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings", Namespace: l.ns}}
	if !l.there(t, cm) || cm.Data["mode"] != "fast" {
		t.Errorf("got %v", cm.Data)
	}
}

// TestApplyCRDWithItsObject in one go, the object first in the text.
func TestApplyCRDWithItsObject(t *testing.T) {
	l := onLab(t).forDrills()
	group := labtest.Name("t") + ".drplan.dev"
	crd := new(unstructured.Unstructured)
	crd.SetGroupVersionKind(schema.GroupVersionKind{Group: crdGroup, Version: "v1", Kind: "CustomResourceDefinition"})
	crd.SetName("gadgets." + group)
	l.Drop(t, crd)
	out := l.must(t, Apply(), obj{"namespace": l.ns, "inline": fmt.Sprintf(`apiVersion: %[1]s/v1
kind: Gadget
metadata: {name: one}
spec: {size: 3}
---
# nothing here
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.%[1]s}
spec:
  group: %[1]s
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets, singular: gadget}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
`, group)})
	want := []string{"CustomResourceDefinition.apiextensions.k8s.io gadgets." + group, "Gadget." + group + " " + l.ns + "/one"}
	if !slices.Equal(out["created"].([]string), want) {
		t.Errorf("created %v, want %v", out["created"], want)
	}
	// and away again, the objects before their kind
	gone := l.must(t, Delete(), obj{"objects": out["created"]})
	if want := []string{want[1], want[0]}; !slices.Equal(gone["objects"].([]string), want) {
		t.Errorf("deleted %v, want %v", gone["objects"], want)
	}
	if l.there(t, crd) {
		t.Error("the CRD is still there")
	}
	l.refuse(t, Apply(), obj{"namespace": l.ns, "inline": "apiVersion: " + group + "/v1\nkind: Gadget\nmetadata: {name: one}\n"}, "Gadget", "serves no kind")
}

// TestDrillMarksItsNamespaces, and keeps the mark when it applies them again.
func TestDrillMarksItsNamespaces(t *testing.T) {
	l := onLab(t)
	name := labtest.Name("drplan-test")
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	l.Drop(t, ns)
	input := obj{"namespace": name, "create_namespace": true, "inline": settings}
	for _, attempt := range []string{"first", "second"} {
		l.must(t, Apply(), input)
		if !l.there(t, ns) || ns.Annotations[kubeclient.RunAnnotation] != l.in.RunID {
			t.Errorf("%s: annotations %v", attempt, ns.Annotations)
		}
	}
	l.in.RunID = "another"
	l.refuse(t, Apply(), input, "must not change the namespace "+name)
	l.in.Mode = "recovery"
	l.must(t, Apply(), input)
}

func TestDrillChangesOnlyItsOwn(t *testing.T) {
	l := onLab(t)
	foreign := l.Namespace(t, nil)
	l.refuse(t, Apply(), obj{"inline": settings, "namespace": foreign}, "must not change the namespace "+foreign)
	l.refuse(t, Delete(), obj{"kind": "Namespace", "name": foreign}, "must not change the namespace "+foreign)
	l.refuse(t, Apply(), obj{"inline": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: drplan-test-never}\n"}, "whole cluster")
	l.forDrills().in.Phase = "disaster"
	l.refuse(t, Delete(), obj{"kind": "ConfigMap", "name": "no-such", "namespace": "kube-system", "must_exist": true}, "nothing to delete")
	l.refuse(t, Delete(), obj{"kind": "Namespace", "name": "kube-system"}, "must not hit the namespace kube-system")
}

func TestApplyFilesAndFolders(t *testing.T) {
	l := onLab(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("b.yaml", settings)
	write("a.json", `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"robot"}}]}`)
	write("README.md", "no manifest")
	out := l.must(t, Apply(), obj{"files": []string{dir}, "namespace": l.ns})
	if want := []string{"ServiceAccount " + l.ns + "/robot", "ConfigMap " + l.ns + "/settings"}; !slices.Equal(out["created"].([]string), want) {
		t.Errorf("created %v, want %v", out["created"], want)
	}
	bad := write("c.yaml", settings+"---\nkind: ConfigMap\n")
	l.refuse(t, Apply(), obj{"files": []string{bad}, "namespace": l.ns}, "c.yaml, document 2", "apiVersion")
	l.refuse(t, Apply(), obj{"files": []string{filepath.Join(dir, "absent.yaml")}}, "absent.yaml")
	l.refuse(t, Apply(), obj{"files": []string{t.TempDir()}}, "holds no file")
}

// TestApplyWhatTheServerRefuses ends at once, with the server's reason.
func TestApplyWhatTheServerRefuses(t *testing.T) {
	l := onLab(t)
	for name, c := range map[string]struct{ text, want string }{
		"invalid": {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: UPPER}\n", "RFC 1123"},
		"unknown": {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nbata: {a: b}\n", "bata"},
		"no kind": {"apiVersion: v1\nkind: Gizmo\nmetadata: {name: x}\n", "serves no kind Gizmo"},
	} {
		t.Run(name, func(t *testing.T) { l.refuse(t, Apply(), obj{"inline": c.text, "namespace": l.ns}, c.want) })
	}
}

func TestApplyPreflight(t *testing.T) {
	l := onLab(t)
	ask := func(input obj, attempt int) map[string]steps.Check {
		l.in.Attempt = attempt
		return checks(stepstest.Decode(t, Apply(), input).(steps.Preflighter).Preflight(t.Context(), l.in))
	}
	good := obj{"inline": settings, "namespace": l.ns}
	for name, c := range ask(good, 0) {
		if c.Err != nil {
			t.Errorf("%s: %v", name, c.Err)
		}
	}
	if c := ask(obj{"files": []string{"absent.yaml"}}, 0)["manifests"]; !c.Defer || c.Err == nil {
		t.Errorf("a file that is to come: %+v", c)
	}
	if c := ask(obj{"inline": "apiVersion: v1\nkind: Gizmo\nmetadata: {name: x}\n"}, 1)["manifests"]; c.Defer || c.Err == nil {
		t.Errorf("a kind that is not served: %+v", c)
	}
	if c := ask(obj{"inline": settings, "namespace": l.Namespace(t, nil)}, 0)["isolation"]; c.Err == nil {
		t.Errorf("another's namespace: %+v", c)
	}
	l.in.Cluster.Kubeconfig = l.nobody(t)
	if c := ask(good, 0)["permissions"]; c.Err == nil || !strings.Contains(c.Err.Error(), "create configmaps in "+l.ns) {
		t.Errorf("a user without rights: %+v", c)
	}
}

func checks(all []steps.Check) map[string]steps.Check {
	byName := map[string]steps.Check{}
	for _, c := range all {
		byName[c.Name] = c
	}
	return byName
}

// nobody is a kubeconfig of a user who may do nothing.
func (l *lab) nobody(t *testing.T) string {
	return l.kubeconfig(t, func(c *api.Config) {
		for _, user := range c.AuthInfos {
			user.Impersonate = "drplan-test-nobody"
		}
	})
}

// unreachable is a kubeconfig of a server that does not answer.
func (l *lab) unreachable(t *testing.T) string {
	return l.kubeconfig(t, func(c *api.Config) {
		for _, cluster := range c.Clusters {
			cluster.Server = "https://127.0.0.1:1"
		}
	})
}

func (l *lab) kubeconfig(t *testing.T, change func(*api.Config)) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(l.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	change(config)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAnAPIServerThatIsDown: it is for who drives the run to know whether a step may
// bring one up.
func TestAnAPIServerThatIsDown(t *testing.T) {
	l := onLab(t)
	l.in.Attempt = 0
	l.in.Cluster.Kubeconfig = l.unreachable(t)
	for _, c := range []struct {
		kind  steps.Kind
		input obj
	}{
		{Apply(), obj{"inline": settings}},
		{Delete(), obj{"kind": "Namespace", "name": "x"}},
		{Wait(), obj{"kind": "Namespace", "name": "x", "for": "exists"}},
	} {
		step := stepstest.Decode(t, c.kind, c.input)
		for when, ask := range map[string]func(context.Context, *steps.Run) []steps.Check{
			"": step.(steps.Preflighter).Preflight, " early": step.(steps.EarlyPreflighter).PreflightEarly,
		} {
			if got := checks(ask(t.Context(), l.in))["api_server"]; got.Err == nil || !got.Defer || got.Lacks != steps.APIServer {
				t.Errorf("%s%s: %+v, want it deferred for want of an API server", c.kind.Type, when, got)
			}
		}
	}
}
