package velero

import (
	"context"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

func TestRestoreIsDescribed(t *testing.T) { stepstest.Describe(t, Restore()) }

func TestRestoreValidate(t *testing.T) {
	for want, input := range map[string]map[string]any{
		"from_backup":                  {"from_backup": ""},
		"no namespace's name":          {"include_namespaces": []string{"Shop"}},
		"is in exclude_namespaces too": {"include_namespaces": []string{"a"}, "exclude_namespaces": []string{"a"}},
		"pods is included, too":        {"include_resources": []string{"pods"}, "exclude_resources": []string{"pods"}},
		"maps the namespace to itself": {"namespace_mappings": map[string]string{"a": "a"}},
		"must not become one":          {"namespace_mappings": map[string]string{"a": "c", "b": "c"}},
		"not among the namespaces":     {"include_namespaces": []string{"a"}, "namespace_mappings": map[string]string{"b": "c"}},
		"no label selector":            {"selector": "a in"},
		"isolation.reason: say why":    {"isolation": map[string]any{"policy": "none"}},
		"nothing to prove":             {"isolation": map[string]any{"policy": "none", "reason": "x", "probe_image": "y"}},
		"ingresses would act":          {"isolation": map[string]any{"policy": "deny_all"}, "include_resources": []string{"ingresses"}},
		"existing":                     {"existing": "overwrite"},
	} {
		full := map[string]any{"from_backup": "b"}
		for k, v := range input {
			full[k] = v
		}
		_, err := Restore().Decode(stepstest.JSON(t, full))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", input, err, want)
		}
	}
}

// TestRestoreIsolates: by default in a drill, and only where something new would
// run beside something old.
func TestRestoreIsolates(t *testing.T) {
	ended := metav1.NewTime(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	backup := func(created time.Duration) *velerov1.Backup {
		b := &velerov1.Backup{Status: velerov1.BackupStatus{CompletionTimestamp: &ended}}
		b.CreationTimestamp = metav1.NewTime(ended.Add(created))
		return b
	}
	here, elsewhere := backup(-time.Minute), backup(time.Minute)
	for _, tt := range []struct {
		name, mode string
		backup     *velerov1.Backup
		input      map[string]any
		want       bool
	}{
		{"in place", "drill", here, nil, false},
		{"from another cluster", "drill", elsewhere, nil, true},
		{"mapped", "drill", here, map[string]any{"namespace_mappings": map[string]string{"a": "b"}}, true},
		{"mapped, with a reason", "drill", here, map[string]any{"namespace_mappings": map[string]string{"a": "b"}, "isolation": map[string]any{"policy": "none", "reason": "it is alone"}}, false},
		{"in a recovery", "recovery", elsewhere, nil, false},
		{"in a recovery that asks for it", "recovery", here, map[string]any{"isolation": map[string]any{"policy": "deny_all"}}, true},
	} {
		input := map[string]any{"from_backup": "b"}
		for k, v := range tt.input {
			input[k] = v
		}
		run := stepstest.NewRun(t)
		run.Mode = tt.mode
		r := &restore{restoreStep: stepstest.Decode(t, Restore(), input).(*restoreStep), in: run.Run, backup: tt.backup}
		if got, why := r.isolates(); got != tt.want || why == "" {
			t.Errorf("%s: isolated %v (%s), want %v", tt.name, got, why, tt.want)
		}
	}
}

func TestSkippedByWarning(t *testing.T) {
	warnings := server.Messages{Namespaces: map[string][]string{"shop": {
		`could not restore, Pod "web" already exists. Warning: the in-cluster version is different than the backed-up version`,
		`could not restore, Service:db already exists. Warning: the in-cluster version is different than the backed-up version`,
		`could not restore, ConfigMap "kube-root-ca.crt" already exists. Warning: the in-cluster version is different than the backed-up version`,
		`unable to restore additional item`,
	}}, Cluster: []string{`could not restore, CustomResourceDefinition "x.example.com" already exists. Warning: …`, `could not restore, ClusterRole "r" already exists. Warning: …`}}
	got := strings.Join(skippedByWarning(warnings), "|")
	if want := "Pod web (namespace shop)|Service db (namespace shop)|ClusterRole r (cluster)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRestoreGivesUpInTime: Velero's own limits, four hours, outlast any deadline.
func TestRestoreGivesUpInTime(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := &restore{restoreStep: &restoreStep{}, Server: &server.Server{}, in: stepstest.NewRun(t).Run}
	o := r.object(ctx, false)
	if o.Spec.ItemOperationTimeout.Duration != time.Minute || o.Annotations[velerov1.PodVolumeOperationTimeoutAnnotation] != "1m0s" {
		t.Errorf("timeouts %s and %s", o.Spec.ItemOperationTimeout.Duration, o.Annotations)
	}
	r.ItemTimeout = steps.Duration(time.Second)
	if o := r.object(ctx, false); o.Spec.ItemOperationTimeout.Duration != time.Second {
		t.Errorf("its own timeout is %s", o.Spec.ItemOperationTimeout.Duration)
	}
}
