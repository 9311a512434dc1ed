package velero

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestBounds(t *testing.T) {
	all := []string{"shop"}
	for name, tt := range map[string]struct {
		kind  steps.Kind
		input object
		want  steps.Bounds
	}{
		"a backup":                  {Backup(), object{"include_namespaces": all}, steps.Bounds{Changes: all}},
		"a backup of all":           {Backup(), object{}, steps.Bounds{}},
		"a backup by a pattern":     {Backup(), object{"include_namespaces": []string{"shop*"}}, steps.Bounds{Changes: []string{""}}},
		"a backup by its schedule":  {Backup(), object{"from_schedule": "nightly"}, steps.Bounds{}},
		"a restore":                 {Restore(), object{"from_backup": "b", "include_namespaces": all}, steps.Bounds{Changes: all}},
		"a restore elsewhere":       {Restore(), object{"from_backup": "b", "include_namespaces": all, "namespace_mappings": object{"shop": "copy"}}, steps.Bounds{Changes: []string{"copy"}, Makes: []string{"copy"}}},
		"a restore of all":          {Restore(), object{"from_backup": "b"}, steps.Bounds{}},
		"a restore by a pattern":    {Restore(), object{"from_backup": "b", "include_namespaces": []string{"shop*"}}, steps.Bounds{}},
		"a restore of cluster wide": {Restore(), object{"from_backup": "b", "include_namespaces": all, "cluster_resources": "all"}, steps.Bounds{}},
	} {
		got := stepstest.Decode(t, tt.kind, tt.input).(steps.Bounded).Bounds()
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
