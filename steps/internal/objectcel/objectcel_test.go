package objectcel

import (
	"strings"
	"testing"
)

var pod = map[string]any{
	"metadata": map[string]any{"name": "web", "labels": map[string]any{"app": "web"}, "generation": int64(2)},
	"status": map[string]any{"phase": "Running", "conditions": []any{
		map[string]any{"type": "Ready", "status": "False"},
	}},
}

func TestHolds(t *testing.T) {
	tests := []struct {
		text  string
		holds bool
		seen  string // contained
	}{
		{`object.status.phase == "Running"`, true, `status.phase is "Running"`},
		{`object.status.phase == "Bound"`, false, `status.phase is "Running"`},
		{`object.metadata.generation > 1`, true, `generation is 2`},
		{`object.status.conditions.exists(c, c.type == "Ready" && c.status == "True")`, false, `"status":"False"`},
		{`object.status.replicas == 3`, false, "replicas is not there; no such key: replicas"},
		{`object.status.conditions[7].type == "x"`, false, "index out of bounds"},
		{`has(object.spec) && object.spec.x == 1`, false, "spec.x is not there"},
		{`object.metadata.labels["app"].startsWith("w")`, true, `metadata.labels is {"app":"web"}`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			x, err := Compile(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			holds, seen, err := x.Holds(pod)
			if err != nil || holds != tt.holds || !strings.Contains(seen, tt.seen) {
				t.Errorf("got %t, %q, %v; want %t, %q", holds, seen, err, tt.holds, tt.seen)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`object.status.`: "Syntax error", `size(object)`: "not true or false", `objekt.status`: "undeclared",
	} {
		if _, err := Compile(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", text, err, want)
		}
	}
	x, err := Compile(`object.status.phase`)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := x.Holds(pod); err == nil || !strings.Contains(err.Error(), "Running, not true or false") {
		t.Errorf("got %v", err)
	}
}
