package kube

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/stepstest"
)

func TestWaitConforms(t *testing.T) {
	l := onLab(t)
	stepstest.Conform(t, onKubeconfig(t, Wait()), stepstest.Case{
		Input: func(*testing.T) any { return obj{"kind": "Namespace", "name": l.ns, "for": "exists"} },
		Slow:  func(*testing.T) any { return obj{"kind": "Namespace", "name": l.ns, "for": "deleted"} },
	})
}

func TestWaitFor(t *testing.T) {
	l := onLab(t)
	l.configMap(t, "one", nil)
	node := obj{"kind": "Node", "name": l.NodeName}
	with := func(base obj, more ...string) obj {
		out := obj{}
		for k, v := range base {
			out[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	maps := obj{"kind": "ConfigMap", "namespace": l.ns, "selector": "app=shop"}
	out := l.must(t, Wait(), with(node, "for", "condition=Ready"))
	if !strings.Contains(out["observed"].(string), "Ready is True: KubeletReady") {
		t.Errorf("observed %q", out["observed"])
	}
	l.must(t, Wait(), with(node, "for", "condition=MemoryPressure=False"))
	l.must(t, Wait(), with(maps, "that", "object.data.a == '1'"))
	l.must(t, Wait(), with(maps, "for", "exists"))
	l.must(t, Wait(), obj{"kind": "gizmos.example.com", "for": "deleted"})
	for name, c := range map[string]struct {
		input obj
		want  string
	}{
		"condition":  {with(node, "for", "condition=Ready=False"), "Ready is True: KubeletReady"},
		"absent":     {with(maps, "for", "exists", "selector", "app=none"), "no ConfigMap is there, want at least 1"},
		"too few":    {obj{"kind": "ConfigMap", "namespace": l.ns, "selector": "app=shop", "for": "exists", "min": 2}, "want at least 2"},
		"expression": {with(maps, "that", "object.data.a == '2'"), `data.a is "1"`},
		"not gone":   {with(maps, "for", "deleted"), "there are ConfigMap " + l.ns + "/one"},
		"no kind":    {obj{"kind": "gizmos.example.com", "for": "exists"}, "serves no kind"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := l.within(t, 300*time.Millisecond, Wait(), c.input); !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestWaitSeesTheChangeAtOnce: it watches.
func TestWaitSeesTheChangeAtOnce(t *testing.T) {
	l := onLab(t)
	cm := l.configMap(t, "one", nil)
	var changed time.Time
	l.in.Progress = func(string) {
		if changed.IsZero() {
			changed = time.Now()
			to2 := client.RawPatch("application/merge-patch+json", []byte(`{"data":{"a":"2"}}`))
			if err := l.Patch(t.Context(), cm, to2); err != nil {
				t.Error(err)
			}
		}
	}
	l.must(t, Wait(), obj{"kind": "ConfigMap", "namespace": l.ns, "name": "one", "that": "object.data.a == '2'"})
	if took := time.Since(changed); took > 250*time.Millisecond {
		t.Errorf("it saw the change after %s", took)
	}
}

// TestWaitForDeletion of an object that goes while it is watched.
func TestWaitForDeletion(t *testing.T) {
	l := onLab(t)
	l.configMap(t, "one", nil)
	l.in.Progress = func(string) {
		if err := l.Delete(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "one", Namespace: l.ns}}); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	}
	l.must(t, Wait(), obj{"kind": "ConfigMap", "namespace": l.ns, "name": "one", "for": "deleted"})
}

func TestWaitValidates(t *testing.T) {
	for name, input := range map[string]string{
		"neither":      `{"kind":"Pod"}`,
		"both":         `{"kind":"Pod","for":"exists","that":"true"}`,
		"bad for":      `{"kind":"Pod","for":"Ready"}`,
		"bad that":     `{"kind":"Pod","that":"object."}`,
		"bad selector": `{"kind":"Pod","for":"exists","selector":"("}`,
		"no kind":      `{"for":"exists"}`,
		"min":          `{"kind":"Pod","for":"exists","min":0}`,
	} {
		if _, err := Wait().Decode([]byte(input)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	stepstest.Decode(t, Wait(), obj{"kind": "Pod", "for": "condition=Ready"})
}
