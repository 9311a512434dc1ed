package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/s3client"
)

const day = 24 * time.Hour

// daily fills a folder with backups that are 1, 2, … n days old.
func (b *bucket) daily(folder string, n int) {
	b.t.Helper()
	for i := 1; i <= n; i++ {
		b.backup(fmt.Sprintf("%setcd-%02d.db", folder, i), ago(time.Duration(i)*day))
	}
}

func (b *bucket) prune(input map[string]any) steps.Step {
	b.t.Helper()
	full := map[string]any{"prefix": b.url("etcd/"), "pattern": "etcd-*.db", "older_than": "3 days", "keep_min": 1}
	for name, value := range input {
		full[name] = value
	}
	return b.step(Prune(), full)
}

func TestPrune(t *testing.T) {
	for _, tt := range []struct {
		name  string
		input map[string]any
		fill  func(b *bucket) // beside five daily backups
		want  []string        // keys that are left
	}{
		{name: "by age", want: []string{"etcd/etcd-01.db", "etcd/etcd-02.db", "etcd/etcd-03.db"}},
		{name: "but a minimum stays", input: map[string]any{"older_than": "1h", "keep_min": 2}, want: []string{"etcd/etcd-01.db", "etcd/etcd-02.db"}},
		{name: "more than there are", input: map[string]any{"older_than": "1h", "keep_min": 9},
			want: []string{"etcd/etcd-01.db", "etcd/etcd-02.db", "etcd/etcd-03.db", "etcd/etcd-04.db", "etcd/etcd-05.db"}},
		{name: "what does not match", input: map[string]any{"older_than": "1h"}, fill: func(b *bucket) {
			b.backup("etcd/other-01.db", ago(90*day))
			b.backup("etcd/deep/etcd-01.db", ago(90*day))
			b.backup("etcd-old/etcd-01.db", ago(90*day))
			b.put("etcd/etcd-01.db.meta.json", []byte("{}"), nil)
		}, want: []string{"etcd-old/etcd-01.db", "etcd/deep/etcd-01.db", "etcd/etcd-01.db", "etcd/etcd-01.db.meta.json", "etcd/other-01.db"}},
		{name: "recursive", input: map[string]any{"recursive": true, "older_than": "1h"}, fill: func(b *bucket) {
			b.backup("etcd/deep/etcd-01.db", ago(90*day))
		}, want: []string{"etcd/etcd-01.db"}},
		{name: "wrecks do not count", input: map[string]any{"older_than": "1h", "keep_min": 2}, fill: func(b *bucket) {
			b.put("etcd/etcd-empty.db", nil, nil)
			b.put("etcd/etcd-cut.db", []byte("x"), backup.ToS3(backup.Meta{Size: 2, StartedAt: ago(time.Minute)}))
		}, want: []string{"etcd/etcd-01.db", "etcd/etcd-02.db", "etcd/etcd-cut.db", "etcd/etcd-empty.db"}},
		{name: "old wrecks go", fill: func(b *bucket) {
			b.put("etcd/etcd-empty.db", nil, nil)
			b.uploadedAt("etcd/etcd-empty.db", ago(4*day))
		}, want: []string{"etcd/etcd-01.db", "etcd/etcd-02.db", "etcd/etcd-03.db"}},
		{name: "dry run", input: map[string]any{"dry_run": true, "older_than": "1h"},
			want: []string{"etcd/etcd-01.db", "etcd/etcd-02.db", "etcd/etcd-03.db", "etcd/etcd-04.db", "etcd/etcd-05.db"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBucket(t)
			b.daily("etcd/", 5)
			if tt.fill != nil {
				tt.fill(b)
			}
			before, step := b.keys(), b.prune(tt.input)
			intent := check(t, preflight(t.Context(), step, atNoon(t)), checkSource)
			if diff := cmp.Diff(before, b.keys()); diff != "" {
				t.Fatalf("preflight deleted: %s", diff)
			}
			out := run(t, step, atNoon(t))
			if diff := cmp.Diff(tt.want, b.keys()); diff != "" {
				t.Error(diff)
			}
			deleted := out["deleted"].([]string)
			dry := tt.input["dry_run"] == true
			if out["dry_run"] != dry || !dry && len(deleted) != len(before)-len(tt.want) || dry && len(deleted) != 4 {
				t.Errorf("outputs %v", out)
			}
			if n := b.requests("s3_DeleteObject"); !dry && n != len(deleted) || dry && n != 0 {
				t.Errorf("%d requests to delete, and %d deleted", n, len(deleted))
			}
			if want := fmt.Sprintf("would delete %d and keep %d", len(deleted), out["kept"]); !strings.Contains(intent.Message, want) {
				t.Errorf("preflight said %q, want %q", intent.Message, want)
			}
			again := run(t, step, atNoon(t))
			if !dry && len(again["deleted"].([]string)) != 0 {
				t.Errorf("a second time deleted %v", again["deleted"])
			}
		})
	}
}

func TestPruneInADrillOnlyLists(t *testing.T) {
	b, in := newBucket(t), atNoon(t)
	b.daily("etcd/", 5)
	in.Mode = "drill"
	out := run(t, b.prune(nil), in)
	if out["dry_run"] != true || len(out["deleted"].([]string)) != 2 || len(b.keys()) != 5 {
		t.Errorf("outputs %v, left %v", out, b.keys())
	}
	out = run(t, b.prune(map[string]any{"drill": true}), in)
	if out["dry_run"] != false || len(b.keys()) != 3 {
		t.Errorf("in a folder for drills: outputs %v, left %v", out, b.keys())
	}
}

// TestPruneLeavesNothing: only a drill's own folder, and only in a drill.
func TestPruneLeavesNothing(t *testing.T) {
	b, in := newBucket(t), atNoon(t)
	b.daily("etcd/", 5)
	all := b.prune(map[string]any{"drill": true, "keep_min": 0, "older_than": "1s"})
	if run(t, all, in); len(b.keys()) != 1 {
		t.Errorf("a recovery has left %v, want the newest", b.keys())
	}
	in.Mode = "drill"
	if run(t, all, in); len(b.keys()) != 0 {
		t.Errorf("a drill has left %v", b.keys())
	}
}

func TestPruneInABucketWithVersions(t *testing.T) {
	b := newBucket(t).versioned()
	b.backup("etcd/etcd-01.db", ago(day))
	b.backup("etcd/etcd-09.db", ago(9*day))
	old := s3client.URL{Bucket: b.name, Key: "etcd/etcd-09.db"}
	o, err := stat(t.Context(), b.client, old, "")
	if err != nil {
		t.Fatal(err)
	}
	run(t, b.prune(nil), atNoon(t))
	if _, err := stat(t.Context(), b.client, old, ""); !s3client.IsNotFound(err) {
		t.Errorf("still there: %v", err)
	}
	if _, err := stat(t.Context(), b.client, old, o.version); err != nil {
		t.Errorf("its version is gone: %v", err)
	}
}

// TestExpired: whatever the backups, none is deleted that is young, or among
// the newest whole ones.
func TestExpired(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, keep := rapid.IntRange(0, 12).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "keep")
		var objects []object
		for i := range n {
			o := object{URL: s3client.URL{Bucket: "b", Key: fmt.Sprint(i)}, modified: noon, size: int64(rapid.IntRange(0, 1).Draw(t, "size"))}
			o.meta.StartedAt = ago(time.Duration(rapid.IntRange(0, 6).Draw(t, "age")) * day)
			objects = append(objects, o)
		}
		limit := ago(3 * day)
		old := expired(slices.Clone(objects), limit, keep)
		wholeLeft := 0
		for _, o := range objects {
			gone := slices.ContainsFunc(old, func(x object) bool { return x.Key == o.Key })
			if gone && !o.meta.StartedAt.Before(limit) {
				t.Errorf("deletes %s, which is young", o.Key)
			}
			if !gone && o.size > 0 {
				wholeLeft++
			}
			for _, x := range old {
				if !gone && o.size > 0 && x.size > 0 && o.meta.StartedAt.Before(limit) && x.meta.StartedAt.After(o.meta.StartedAt) {
					t.Errorf("deletes %s and keeps %s, which is older", x.Key, o.Key)
				}
			}
		}
		if whole := len(objects) - countEmpty(objects); wholeLeft < min(keep, whole) {
			t.Errorf("%d of %d whole ones are left, want %d at least", wholeLeft, whole, keep)
		}
	})
}

func countEmpty(objects []object) int {
	n := 0
	for _, o := range objects {
		if o.size == 0 {
			n++
		}
	}
	return n
}

func TestPruneValidate(t *testing.T) {
	for want, input := range map[string]map[string]any{
		"end it with a slash": {"prefix": "s3://b/etcd"},
		"last backup":         {"keep_min": 0},
		"above 0":             {"older_than": "0s"},
		"pattern":             {"pattern": ""},
	} {
		full := map[string]any{"prefix": "s3://b/k/", "pattern": "*", "older_than": "1h", "keep_min": 1}
		for name, value := range input {
			full[name] = value
		}
		invalid(t, Prune(), full, want)
	}
}
