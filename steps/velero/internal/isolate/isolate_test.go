package isolate

import (
	"encoding/json"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestRulesAreVelerosFormat: what Velero refuses would fail the restore, or, read
// wrongly, isolate nothing. What the rules do is tested on the lab.
func TestRulesAreVelerosFormat(t *testing.T) {
	text, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	var got modifiers
	if err := yaml.UnmarshalStrict([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != "v1" || len(got.Rules) < 10 {
		t.Fatalf("version %s, %d rules", got.Version, len(got.Rules))
	}
	for _, r := range got.Rules {
		if r.Conditions.GroupResource == "" || (len(r.Patches) > 0) == (len(r.MergePatches) > 0) {
			t.Errorf("a rule needs a resource, and patches of one sort: %+v", r)
		}
		for _, p := range r.MergePatches {
			if !json.Valid([]byte(p.PatchData)) {
				t.Errorf("%s: the patch is no JSON: %s", r.Conditions.GroupResource, p.PatchData)
			}
		}
	}
}

func TestInARow(t *testing.T) {
	for log, want := range map[string]bool{
		"open\ndenied\ndenied\n": true, "denied\nopen\ndenied\n": false, "open\nopen\n": false, "": false,
	} {
		if err := inARow(strings.NewReader(log), "denied", 2); (err == nil) != want {
			t.Errorf("%q: %v", log, err)
		}
	}
}
