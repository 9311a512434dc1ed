package s3

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
)

// noon is the time at which these tests run.
var noon = time.Now().UTC().Truncate(time.Second)

func ago(d time.Duration) time.Time { return noon.Add(-d) }

func atNoon(t *testing.T) *steps.Run {
	in := newRun(t)
	in.Now = func() time.Time { return noon }
	return in
}

func TestLatestOutputs(t *testing.T) {
	b := newBucket(t)
	b.backup("etcd/new.db", ago(time.Hour))
	b.backup("etcd/old.db", ago(2*time.Hour))
	out := run(t, b.step(Latest(), map[string]any{"prefix": b.url("etcd/"), "max_age": "6 hours"}), atNoon(t))
	want := steps.Outputs{
		"url": b.url("etcd/new.db"), "bucket": b.name, "key": "etcd/new.db", "version_id": "", "size": int64(len("backup etcd/new.db")),
		"recovery_point": stamp(ago(time.Hour)), "recovery_point_basis": "metadata", "age_seconds": 3600.0,
		"backup_run": "run-of-etcd/new.db", "sha256": "", "skipped": []string{},
		"etag": out["etag"], "last_modified": out["last_modified"],
	}
	if diff := cmp.Diff(want, out); diff != "" || out["etag"] == "" {
		t.Error(diff)
	}
	if _, err := time.Parse(time.RFC3339Nano, out["last_modified"].(string)); err != nil {
		t.Error(err)
	}
}

func TestLatestChooses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		input   map[string]any
		fill    func(b *bucket)
		want    string   // the key; "" when it fails
		says    []string // parts of the error
		skipped int
	}{
		{name: "the newest content, not the last upload", want: "early-upload", fill: func(b *bucket) {
			b.backup("early-upload", ago(2*time.Hour))
			b.uploadedAt("early-upload", ago(time.Hour))
			b.backup("late-upload", ago(24*time.Hour))
		}},
		{name: "beyond the first look", want: "x00", fill: func(b *bucket) {
			for i := range heads + 8 {
				b.backup(fmt.Sprintf("x%02d", i), ago(time.Duration(i+1)*time.Hour))
				b.uploadedAt(fmt.Sprintf("x%02d", i), ago(time.Duration(60-i)*time.Minute))
			}
		}},
		{name: "by the upload where nothing is recorded", want: "plain", fill: func(b *bucket) {
			b.put("plain", []byte("x"), nil)
			b.uploadedAt("plain", ago(time.Hour))
			b.backup("recorded", ago(2*time.Hour))
		}},
		{name: "no recovery point after the upload", want: "honest", fill: func(b *bucket) {
			b.backup("liar", ago(-24*time.Hour))
			b.uploadedAt("liar", ago(3*time.Hour))
			b.backup("honest", ago(time.Hour))
		}},
		{name: "no wrecks", want: "good", skipped: 4, fill: func(b *bucket) {
			b.backup("good", ago(time.Hour))
			b.uploadedAt("good", ago(time.Hour))
			b.put("empty", nil, nil)
			b.put("a.part", []byte("x"), nil)
			b.put("cut", []byte("x"), backup.ToS3(backup.Meta{Kind: "file", Size: 2}))
			b.put("unreadable", []byte("x"), map[string]string{"drplan-size": "much"})
			b.put("sidecar.meta.json", []byte("{}"), nil)
			b.put("folder/", nil, nil)
		}},
		{name: "min_size", input: map[string]any{"min_size": 10}, want: "large-enough", skipped: 1, fill: func(b *bucket) {
			b.backup("large-enough", ago(time.Hour))
			b.put("s", []byte("x"), nil)
		}},
		{name: "before the damage", input: map[string]any{"before": stamp(ago(90 * time.Minute))}, want: "clean", skipped: 2, fill: func(b *bucket) {
			b.backup("clean", ago(2*time.Hour))
			b.backup("damaged", ago(time.Hour))
			b.backup("at", ago(90*time.Minute))
		}},
		{name: "not_before", input: map[string]any{"not_before": stamp(ago(time.Hour))}, says: []string{"no backup", "before not_before"}, fill: func(b *bucket) {
			b.backup("old", ago(2*time.Hour))
		}},
		{name: "pattern", input: map[string]any{"pattern": "*.db"}, want: "deep/er/a.db", fill: func(b *bucket) {
			b.backup("deep/er/a.db", ago(time.Hour))
			b.backup("b.tar", ago(time.Minute))
		}},
		{name: "not recursive", input: map[string]any{"recursive": false}, want: "top", fill: func(b *bucket) {
			b.backup("top", ago(time.Hour))
			b.backup("deep/er", ago(time.Minute))
		}},
		{name: "nothing", says: []string{"no backup", "check prefix and pattern"}, fill: func(*bucket) {}},
		{name: "RPO breach", input: map[string]any{"max_age": "6h"}, says: []string{"RPO breach: the newest backup is 7h12m old, max_age is 6h: s3://", "empty"}, fill: func(b *bucket) {
			b.backup("old", ago(7*time.Hour+12*time.Minute))
			b.put("empty", nil, nil)
		}},
		{name: "RPO breach by a second", input: map[string]any{"max_age": "6h"}, says: []string{"is 6h0m1s old, max_age is 6h"}, fill: func(b *bucket) {
			b.backup("old", ago(6*time.Hour+time.Second))
		}},
		{name: "as old as it may be", input: map[string]any{"max_age": "6h"}, want: "old", fill: func(b *bucket) {
			b.backup("old", ago(6*time.Hour))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBucket(t)
			tt.fill(b)
			input := map[string]any{"prefix": b.url("")}
			for name, value := range tt.input {
				input[name] = value
			}
			step := b.step(Latest(), input)
			found := check(t, preflight(t.Context(), step, atNoon(t)), checkBackup)
			if tt.want == "" {
				fails(t, step, atNoon(t), false, tt.says...)
				if found.Err == nil || !found.Defer {
					t.Errorf("preflight: %+v", found)
				}
				return
			}
			out := run(t, step, atNoon(t))
			if skipped := out["skipped"].([]string); out["key"] != tt.want || len(skipped) != tt.skipped {
				t.Errorf("chose %v and skipped %d: %q; want %s and %d", out["key"], len(skipped), skipped, tt.want, tt.skipped)
			}
			if found.Err != nil || !strings.Contains(found.Message, b.url(tt.want)) {
				t.Errorf("preflight: %+v", found)
			}
		})
	}
}

// TestLatestStopsLooking: old uploads are not asked about one by one.
func TestLatestStopsLooking(t *testing.T) {
	b := newBucket(t)
	b.backup("newest", ago(time.Minute))
	for i := range heads + 8 {
		key := fmt.Sprintf("x%02d", i)
		b.backup(key, ago(time.Duration(i+2)*time.Hour))
		b.uploadedAt(key, ago(time.Duration(i+1)*time.Hour))
	}
	before := b.requests("s3_HeadObject")
	if out := run(t, b.step(Latest(), map[string]any{"prefix": b.url("")}), atNoon(t)); out["key"] != "newest" {
		t.Errorf("chose %v", out["key"])
	}
	if n := b.requests("s3_HeadObject") - before; n != heads {
		t.Errorf("asked about %d objects, want the newest %d", n, heads)
	}
}

func TestLatestValidate(t *testing.T) {
	for want, input := range map[string]map[string]any{
		"no bucket":                   {"prefix": "s3://"},
		"not closed":                  {"pattern": "[a"},
		"put folders into prefix":     {"pattern": "a/*"},
		"later than not_before":       {"before": "2026-03-01T00:00:00Z", "not_before": "2026-03-02T00:00:00Z"},
		"do not belong into an endpo": {"endpoint": "https://user:pass@host"},
	} {
		full := map[string]any{"prefix": "s3://b/k"}
		for name, value := range input {
			full[name] = value
		}
		invalid(t, Latest(), full, want)
	}
}
