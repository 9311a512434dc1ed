package server

import (
	"fmt"
	"strings"
	"testing"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/drplan/drplan/steps"
)

func TestNameIsOfOneAttempt(t *testing.T) {
	seen := map[string]string{}
	for _, run := range []string{"20260301T104512Z-accidental_deletion-abcd", "20260301T104512Z-accidental-deletion-abcd", strings.Repeat("x", 128), "r"} {
		for _, step := range []string{"restore", "restore[eu]", "restore[eu_west]", "a_b", "a-b"} {
			for _, attempt := range []int{1, 2, 12} {
				of := fmt.Sprint(run, step, attempt)
				name := Name(&steps.Run{RunID: run, StepID: step, Attempt: attempt})
				if errs := validation.IsDNS1123Label(name); len(errs) > 0 {
					t.Errorf("%s: %v", name, errs)
				}
				if other, taken := seen[name]; taken {
					t.Errorf("%s is the name of %s and of %s", name, other, of)
				}
				seen[name] = of
				if name != Name(&steps.Run{RunID: run, StepID: step, Attempt: attempt}) {
					t.Error("the name changes")
				}
			}
		}
	}
	got := Name(&steps.Run{RunID: "20260301T104512Z-shop-abcd", StepID: "back_up", Attempt: 2})
	if !strings.HasPrefix(got, "20260301t104512z-shop-abcd-back-up-") || !strings.HasSuffix(got, "-2") {
		t.Errorf("%s does not say whose it is", got)
	}
}

func TestMark(t *testing.T) {
	b := &velerov1.Backup{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}}
	in := &steps.Run{RunID: strings.Repeat("r", 100), StepID: "s[a b]", Attempt: 3}
	Mark(b, in)
	for k, v := range b.Labels {
		if errs := validation.IsValidLabelValue(v); len(errs) > 0 {
			t.Errorf("%s=%s: %v", k, v, errs)
		}
	}
	if b.Labels["a"] != "b" || RunOf(b) != in.RunID || !Ours(b, in) || Ours(b, &steps.Run{RunID: "other"}) {
		t.Errorf("%+v", b.ObjectMeta)
	}
}

// TestPhases: what is terminal in Velero 1.18, and nothing else.
func TestPhases(t *testing.T) {
	backups := map[velerov1.BackupPhase]Outcome{
		"": Going, velerov1.BackupPhaseNew: Going, velerov1.BackupPhaseQueued: Going, velerov1.BackupPhaseReadyToStart: Going,
		velerov1.BackupPhaseInProgress: Going, velerov1.BackupPhaseWaitingForPluginOperations: Going,
		velerov1.BackupPhaseWaitingForPluginOperationsPartiallyFailed: Going, velerov1.BackupPhaseFinalizing: Going,
		velerov1.BackupPhaseFinalizingPartiallyFailed: Going, velerov1.BackupPhaseCompleted: Good,
		velerov1.BackupPhasePartiallyFailed: Partial, velerov1.BackupPhaseFailed: Bad,
		velerov1.BackupPhaseFailedValidation: Bad, velerov1.BackupPhaseDeleting: Bad,
	}
	for phase, want := range backups {
		if got := OfBackup(phase); got != want || got.Ended() != (want != Going) {
			t.Errorf("backup %q is %d, want %d", phase, got, want)
		}
	}
	restores := map[velerov1.RestorePhase]Outcome{
		"": Going, velerov1.RestorePhaseNew: Going, velerov1.RestorePhaseInProgress: Going,
		velerov1.RestorePhaseWaitingForPluginOperations: Going, velerov1.RestorePhaseWaitingForPluginOperationsPartiallyFailed: Going,
		velerov1.RestorePhaseFinalizing: Going, velerov1.RestorePhaseFinalizingPartiallyFailed: Going,
		velerov1.RestorePhaseCompleted: Good, velerov1.RestorePhasePartiallyFailed: Partial, velerov1.RestorePhaseFailed: Bad,
		velerov1.RestorePhaseFailedValidation: Bad,
	}
	for phase, want := range restores {
		if got := OfRestore(phase); got != want {
			t.Errorf("restore %q is %d, want %d", phase, got, want)
		}
	}
	if !BackupWaits(velerov1.BackupPhaseQueued) || BackupWaits(velerov1.BackupPhaseInProgress) || !RestoreWaits("") {
		t.Error("what waits is wrong")
	}
}

func TestResults(t *testing.T) {
	r, err := ParseResults([]byte(`{"errors":{"velero":["v1"],"cluster":["c1"],"namespaces":{"b":["b1","b2"],"a":["a\n  1"]}},"warnings":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Errors.First(3); got != "namespace a: a 1; namespace b: b1; cluster: c1; and 2 more" {
		t.Error(got)
	}
	if got := r.Errors.First(10); !strings.HasSuffix(got, "velero: v1; namespace b: b2") || r.Errors.Len() != 5 || len(r.Errors.All()) != 5 {
		t.Errorf("%d: %s", r.Errors.Len(), got)
	}
	if r.Warnings.First(3) != "" || r.Warnings.Len() != 0 {
		t.Errorf("no warnings are %q", r.Warnings.First(3))
	}
	if long := (Messages{Velero: []string{strings.Repeat("ä", 1000)}}).First(1); len(long) > maxMessage+20 || !strings.HasSuffix(long, "…") {
		t.Errorf("%d bytes: %s", len(long), long)
	}
	if _, err := ParseResults([]byte("<html>")); err == nil {
		t.Error("no error of what is no JSON")
	}
}

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		included, excluded []string
		want               bool
	}{
		{nil, nil, true},
		{[]string{"*"}, nil, true},
		{[]string{"shop"}, nil, true},
		{[]string{"other"}, nil, false},
		{[]string{"sh*"}, nil, true},
		{nil, []string{"shop"}, false},
		{[]string{"*"}, []string{"s*"}, false},
		{[]string{"[bad"}, nil, false},
	} {
		spec := velerov1.BackupSpec{IncludedNamespaces: tt.included, ExcludedNamespaces: tt.excluded}
		if got := Covers(spec, "shop"); got != tt.want {
			t.Errorf("%v without %v: %v", tt.included, tt.excluded, got)
		}
	}
}

func TestNarrowed(t *testing.T) {
	for want, spec := range map[string]velerov1.BackupSpec{
		"":                           {IncludedResources: []string{"*"}, LabelSelector: &metav1.LabelSelector{}, ExcludedResources: []string{"events", "volumesnapshots.snapshot.storage.k8s.io"}},
		"has the labels app=x":       {LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "x"}}},
		"some of certain labels":     {OrLabelSelectors: []*metav1.LabelSelector{{}}},
		"holds only configmaps":      {IncludedResources: []string{"configmaps"}},
		"of namespaces it holds":     {IncludedNamespaceScopedResources: []string{"pods"}},
		"it lacks pods, configmaps.": {ExcludedResources: []string{"pods"}, ExcludedNamespaceScopedResources: []string{"configmaps."}},
	} {
		if got := Narrowed(spec); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestVersion(t *testing.T) {
	for image, want := range map[string]string{
		"docker.io/velero/velero:v1.18.3": "v1.18.3", "host:5000/velero": "", "host:5000/velero:v1@sha256:ab": "v1",
	} {
		d := &appsv1.Deployment{}
		d.Spec.Template.Spec.Containers = []corev1.Container{{Image: "sidecar:v9"}, {Command: []string{"/velero"}, Args: []string{"server"}, Image: image}}
		if got := Version(d); got != want || Image(d) != image {
			t.Errorf("%s: got %q of %s", image, got, Image(d))
		}
	}
	if Version(&appsv1.Deployment{}) != "" {
		t.Error("a version of nothing")
	}
}
