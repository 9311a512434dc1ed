package velero

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/steps"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// backupOf is a backup begun that many minutes before noon and whole a minute later.
func backupOf(name string, minutes int, phase velerov1.BackupPhase, change ...func(*velerov1.Backup)) velerov1.Backup {
	begun := metav1.NewTime(noon.Add(-time.Duration(minutes) * time.Minute))
	whole := metav1.NewTime(begun.Add(time.Minute))
	b := velerov1.Backup{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}}}
	b.Status = velerov1.BackupStatus{Phase: phase, StartTimestamp: &begun, CompletionTimestamp: &whole}
	for _, c := range change {
		c(&b)
	}
	return b
}

func labelled(k, v string) func(*velerov1.Backup) {
	return func(b *velerov1.Backup) { b.Labels[k] = v }
}

func in(namespaces ...string) func(*velerov1.Backup) {
	return func(b *velerov1.Backup) { b.Spec.IncludedNamespaces = namespaces }
}

func at(location string) func(*velerov1.Backup) {
	return func(b *velerov1.Backup) { b.Spec.StorageLocation = location }
}

func TestPick(t *testing.T) {
	const done = velerov1.BackupPhaseCompleted
	narrow := func(b *velerov1.Backup) { b.Spec.IncludedResources = []string{"configmaps"} }
	all := []velerov1.Backup{
		backupOf("old", 60, done, in("shop"), at("east")),
		backupOf("alas", 60, velerov1.BackupPhasePartiallyFailed, in("shop"), at("east")),
		backupOf("nightly", 50, done, labelled(velerov1.ScheduleNameLabel, "night"), labelled("tier", "gold"), at("west")),
		backupOf("narrow", 40, done, in("shop"), narrow, at("east")),
		backupOf("other", 30, done, in("bank"), at("east")),
		backupOf("partial", 20, velerov1.BackupPhasePartiallyFailed, in("shop"), at("east"), func(b *velerov1.Backup) { b.Status.Errors = 3 }),
		backupOf("failed", 10, velerov1.BackupPhaseFailed, in("shop"), func(b *velerov1.Backup) { b.Status.FailureReason = "no disk" }),
		backupOf("going", 1, velerov1.BackupPhaseFinalizing, in("shop")),
	}
	for _, tt := range []struct {
		name string
		step latestStep
		want string
		says []string // in skipped, or in the error
	}{
		{"any", latestStep{}, "other", []string{"going: Finalizing", "failed: Failed: no disk", "partial: PartiallyFailed with 3 errors"}},
		{"namespace", latestStep{Namespace: "shop"}, "nightly", []string{"narrow: it holds only configmaps"}},
		{"namespace, narrowed", latestStep{Namespace: "shop", AllowNarrowed: true}, "narrow", nil},
		{"schedule", latestStep{Schedule: "night"}, "nightly", nil},
		{"selector", latestStep{Selector: "tier in (gold)"}, "nightly", nil},
		{"location", latestStep{StorageLocation: "west"}, "nightly", nil},
		{"before the damage", latestStep{Namespace: "shop", Before: noon.Add(-50 * time.Minute)}, "old", []string{"nightly: it was whole at 2026-03-01T11:11:00Z, not before"}},
		{"of the same second", latestStep{Namespace: "shop", Before: noon.Add(-50 * time.Minute), StorageLocation: "east"}, "old", []string{"alas: PartiallyFailed"}},
		{"not before", latestStep{Namespace: "shop", NotBefore: noon.Add(-45 * time.Minute)}, "", []string{"no good backup of the namespace shop", "passed over", "Finalizing"}},
		{"none", latestStep{Schedule: "no", StorageLocation: "west"}, "", []string{"of the schedule no, in the storage location west", "check that backups are made"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shuffled := slices.Clone(all)
			slices.Reverse(shuffled[3:])
			c, err := tt.step.pick(shuffled)
			text := ""
			switch {
			case err != nil && tt.want != "":
				t.Fatal(err)
			case err != nil:
				text = err.Error()
			case c.backup.Name != tt.want:
				t.Fatalf("picked %s, want %q", c.backup.Name, tt.want)
			default:
				text = strings.Join(c.skipped(), "\n")
			}
			for _, part := range tt.says {
				if !strings.Contains(text, part) {
					t.Errorf("%q lacks %q", text, part)
				}
			}
		})
	}
}

func TestRPOBreach(t *testing.T) {
	step := latestStep{MaxAge: 3600e9}
	c := &choice{backup: new(backupOf("b", 0, velerov1.BackupPhaseCompleted)), passed: []string{"p: PartiallyFailed"}}
	for age, want := range map[time.Duration]string{
		2 * time.Hour:              "is 2h old, max_age is 1h: b (passed over: p: PartiallyFailed)",
		time.Hour + time.Second:    "is 1h0m1s old",
		time.Hour:                  "",
		time.Hour - time.Second:    "",
		26*time.Hour + time.Minute: "is 26h1m old",
	} {
		err := step.tooOld(c, age)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), "RPO breach: the newest good backup "+want) {
			t.Errorf("%s: %v", age, err)
		}
	}
}

func TestSyncIsWaitedFor(t *testing.T) {
	loc := func(name string, phase velerov1.BackupStorageLocationPhase, synced int) velerov1.BackupStorageLocation {
		l := velerov1.BackupStorageLocation{ObjectMeta: metav1.ObjectMeta{Name: name}}
		l.Status.Phase = phase
		if synced > 0 {
			l.Status.LastSyncedTime = &metav1.Time{Time: noon.Add(time.Duration(synced) * time.Second)}
		}
		return l
	}
	const up, down = velerov1.BackupStorageLocationPhaseAvailable, velerov1.BackupStorageLocationPhaseUnavailable
	never := loc("never", up, 0)
	never.Spec.BackupSyncPeriod = &metav1.Duration{}
	for _, tt := range []struct {
		name  string
		only  string
		first []velerov1.BackupStorageLocation
		again bool
		then  []velerov1.BackupStorageLocation
		want  string // of what is pending
	}{
		{"synced", "", []velerov1.BackupStorageLocation{loc("a", up, 1)}, false, nil, ""},
		{"fresh", "", []velerov1.BackupStorageLocation{loc("a", up, 0)}, false, nil, "sync of the storage location a"},
		{"not validated", "", []velerov1.BackupStorageLocation{loc("a", "", 0)}, false, nil, "a: the BackupStorageLocation a is not looked at yet"},
		{"fresh and down, not asked for", "", []velerov1.BackupStorageLocation{loc("a", down, 0)}, false, nil, ""},
		{"fresh and down, asked for", "a", []velerov1.BackupStorageLocation{loc("a", down, 0)}, false, nil, "is Unavailable"},
		{"never synced by design", "", []velerov1.BackupStorageLocation{never}, true, nil, ""},
		{"once more, not yet", "", []velerov1.BackupStorageLocation{loc("a", up, 1)}, true, []velerov1.BackupStorageLocation{loc("a", up, 1)}, "sync of"},
		{"once more", "", []velerov1.BackupStorageLocation{loc("a", up, 1)}, true, []velerov1.BackupStorageLocation{loc("a", up, 2)}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := syncWait{only: tt.only}
			before := w.notEnough(tt.first, tt.again)
			if tt.then == nil {
				tt.then = tt.first
			}
			got := w.pending(tt.then, before)
			if !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("pending %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRefusedForALocationThatIsDown: another attempt may help, unlike where the
// backup itself is wrong.
func TestRefusedForALocationThatIsDown(t *testing.T) {
	for why, final := range map[string]bool{
		"backup can't be created because BackupStorageLocation default is in Unavailable status.": false,
		"an existing backup storage location wasn't specified":                                    true,
	} {
		b := backupOf("b", 0, velerov1.BackupPhaseFailedValidation)
		b.Status.ValidationErrors = []string{why}
		if err := refused(&b); steps.IsFinal(err) != final || !strings.Contains(err.Error(), why) {
			t.Errorf("final %v: %v", steps.IsFinal(err), err)
		}
	}
}

// TestFromSchedule: what a schedule makes is what Velero's own command makes.
func TestFromSchedule(t *testing.T) {
	s := &velerov1.Schedule{ObjectMeta: metav1.ObjectMeta{Name: "night", UID: "u", Labels: map[string]string{"of": "schedule"}, Annotations: map[string]string{"n": "1"}}}
	s.Spec.Template = velerov1.BackupSpec{IncludedNamespaces: []string{"shop"}, TTL: metav1.Duration{Duration: time.Hour}}
	b := fromSchedule(s)
	if b.Labels["of"] != "schedule" || b.Labels[velerov1.ScheduleNameLabel] != "night" || b.Annotations["n"] != "1" || b.Spec.TTL.Duration != time.Hour || b.OwnerReferences != nil {
		t.Errorf("%+v", b)
	}
	if len(s.Labels) != 1 {
		t.Error("the schedule's own labels were changed")
	}
	s.Spec.Template.Metadata.Labels = map[string]string{"of": "template"}
	s.Spec.UseOwnerReferencesInBackup = new(true)
	if b := fromSchedule(s); b.Labels["of"] != "template" || len(b.OwnerReferences) != 1 || b.OwnerReferences[0].UID != "u" {
		t.Errorf("%+v", b.ObjectMeta)
	}
}

func TestBackupSpec(t *testing.T) {
	yes, no := new(true), new(false)
	for volumes, want := range map[string][3]*bool{
		volumesDefault: {}, volumesFiles: {yes, no, nil}, volumesSnapshot: {no, yes, no}, volumesMoved: {no, yes, yes}, volumesNone: {no, no, nil},
	} {
		c := content{Volumes: volumes, ClusterResources: clusterExcluded, Selector: "app in (a,b)"}
		s, err := c.spec()
		if err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal([3]*bool{s.DefaultVolumesToFsBackup, s.SnapshotVolumes, s.SnapshotMoveData})
		if text, _ := json.Marshal(want); string(got) != string(text) {
			t.Errorf("%s: %s, want %s", volumes, got, text)
		}
		if s.IncludeClusterResources == nil || *s.IncludeClusterResources || len(s.LabelSelector.MatchExpressions) != 1 {
			t.Errorf("%+v", s)
		}
	}
}

// TestReadOnlySince: a Velero whose version cannot be told is taken for an old one.
func TestReadOnlySince(t *testing.T) {
	for version, want := range map[string]bool{
		"v1.18.1": true, "v1.18.3": true, "v1.19.0": true, "1.18.1": true,
		"v1.18.0": false, "v1.17.2": false, "main": false, "": false, "v1.18.1-rc.1": false,
	} {
		if got := isSince(version, readOnlySince); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}
