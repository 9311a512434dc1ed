package backup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func full() Meta {
	at := time.Date(2026, 3, 1, 4, 5, 6, 789, time.UTC)
	return Meta{
		Kind: "etcd_snapshot", StartedAt: at, FinishedAt: at.Add(time.Second), Run: "20260301-1",
		Revision: 1 << 40, Hash: 1<<32 - 1, Keys: 50_000, Size: 123_456_789,
		SHA256: strings.Repeat("ab", 32), ClusterID: "cdf818194e3a8c32", Tool: "etcd 3.7.3",
	}
}

func TestSidecarRoundTrip(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.db")
	if _, found, err := ReadSidecar(file); found || err != nil {
		t.Fatalf("before writing: found %v, error %v", found, err)
	}
	if err := WriteSidecar(file, full()); err != nil {
		t.Fatal(err)
	}
	got, found, err := ReadSidecar(file)
	if err != nil || !found {
		t.Fatalf("found %v, error %v", found, err)
	}
	if diff := cmp.Diff(full(), got); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(file + SidecarSuffix)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v, want 0600", info.Mode(), err)
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDamagedSidecarIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.db")
	if err := os.WriteFile(file+SidecarSuffix, []byte(`{"kind":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, found, err := ReadSidecar(file); found || err == nil || !strings.Contains(err.Error(), "a.db.meta.json") {
		t.Errorf("found %v, error %v; want an error that names the sidecar", found, err)
	}
}

func TestS3RoundTrip(t *testing.T) {
	metadata := ToS3(full())
	if len(metadata) != 11 {
		t.Errorf("%d entries, want one for each of 11 fields: %v", len(metadata), metadata)
	}
	folded := map[string]string{"Owner": "somebody"}
	for name, value := range metadata {
		if name != strings.ToLower(name) || !strings.HasPrefix(name, Prefix) {
			t.Errorf("name %q", name)
		}
		folded[strings.ToUpper(name)] = value
	}
	got, found, err := FromS3(folded)
	if err != nil || !found {
		t.Fatalf("found %v, error %v", found, err)
	}
	if diff := cmp.Diff(full(), got); diff != "" {
		t.Error(diff)
	}
}

func TestS3ZeroesAreLeftOut(t *testing.T) {
	if got := ToS3(Meta{Kind: "file"}); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestFromS3(t *testing.T) {
	tests := []struct {
		name     string
		metadata map[string]string
		found    bool
		wants    []string // parts of the error; none: no error
	}{
		{"nothing", nil, false, nil},
		{"of others", map[string]string{"owner": "x"}, false, nil},
		{"one entry", map[string]string{"drplan-run": "r"}, true, nil},
		{"all errors at once", map[string]string{"drplan-size": "much", "drplan-started-at": "noon", "drplan-hash": "4294967296"}, false,
			[]string{"drplan-size", "drplan-started-at", "drplan-hash"}},
		{"negative", map[string]string{"drplan-revision": "-1"}, false, []string{"drplan-revision"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found, err := FromS3(tt.metadata)
			if found != tt.found || (err != nil) != (len(tt.wants) > 0) {
				t.Errorf("found %v, error %v", found, err)
			}
			for _, want := range tt.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %s", err, want)
				}
			}
		})
	}
}
