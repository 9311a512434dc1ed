package kube

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestBounds(t *testing.T) {
	const namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: made}}"
	const elsewhere = "{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: other}}"
	for _, tt := range []struct {
		kind  steps.Kind
		input string
		want  steps.Bounds
	}{
		{Apply(), `{"files": ["shop.yaml"], "namespace": "shop", "create_namespace": true}`, steps.Bounds{Changes: []string{"shop"}, Makes: []string{"shop"}}},
		{Apply(), `{"files": ["shop.yaml"], "namespace": "shop"}`, steps.Bounds{Changes: []string{"shop"}}},
		{Apply(), `{"files": ["shop.yaml"]}`, steps.Bounds{Changes: []string{"default"}}},
		{Apply(), `{"inline": "` + namespace + `"}`, steps.Bounds{Changes: []string{"made"}, Makes: []string{"made"}}},
		{Apply(), `{"inline": "` + elsewhere + `", "namespace": "shop"}`, steps.Bounds{Changes: []string{"other"}}},
		{Delete(), `{"kind": "Namespace", "name": "shop"}`, steps.Bounds{Changes: []string{"shop"}}},
		{Delete(), `{"kind": "Namespace", "selector": "a=b"}`, steps.Bounds{Changes: []string{""}}},
		{Delete(), `{"kind": "ConfigMap", "namespace": "shop", "selector": "a=b"}`, steps.Bounds{Changes: []string{"shop"}}},
		{Delete(), `{"kind": "ClusterRole", "name": "x"}`, steps.Bounds{Changes: []string{""}}},
		{Delete(), `{"objects": ["Namespace shop", "ConfigMap other/x", "ClusterRole y"]}`, steps.Bounds{Changes: []string{"shop", "other", ""}}},
		{Delete(), `{"files": ["shop.yaml"], "namespace": "shop"}`, steps.Bounds{Changes: []string{""}}},
	} {
		var input map[string]any
		if err := json.Unmarshal([]byte(tt.input), &input); err != nil {
			t.Fatal(err)
		}
		got := stepstest.Decode(t, tt.kind, input).(steps.Bounded).Bounds()
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.kind.Type, tt.input, diff)
		}
	}
}
