package s3

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
)

func TestEstimateIsBySize(t *testing.T) {
	b := newBucket(t)
	const size = 5 << 20
	file, data := fileOf(t, "a.db", size)
	b.put("a.db", data, nil)
	want := time.Second + 200*time.Millisecond // at 25 MiB/s
	for name, step := range map[string]steps.Step{
		"upload":   b.step(Upload(), map[string]any{"from": file, "to": b.url("b.db")}),
		"download": b.step(Download(), map[string]any{"from": b.url("a.db"), "to": filepath.Join(t.TempDir(), "a.db")}),
	} {
		if got, err := step.(steps.Estimator).Estimate(t.Context(), newRun(t)); got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
	for name, step := range map[string]steps.Step{
		"no file":   b.step(Upload(), map[string]any{"from": file + ".absent", "to": b.url("b.db")}),
		"a folder":  b.step(Upload(), map[string]any{"from": t.TempDir(), "to": b.url("b.db")}),
		"no object": b.step(Download(), map[string]any{"from": b.url("absent.db"), "to": "x"}),
	} {
		if got, err := step.(steps.Estimator).Estimate(t.Context(), newRun(t)); err == nil {
			t.Errorf("%s: got %s", name, got)
		}
	}
	if n := b.requests("s3_GetObject"); n != 0 {
		t.Errorf("an estimate read objects %d times", n)
	}
}

func TestPreviewOfPrune(t *testing.T) {
	b := newBucket(t)
	b.daily("etcd/", 14)
	before := strings.Join(b.keys(), " ")
	lines, err := b.prune(map[string]any{"keep_min": 2}).(steps.Previewer).Preview(t.Context(), atNoon(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 15 || lines[0] != "would delete 11 and keep 3" || lines[11] != "delete 1 more" ||
		lines[1] != "delete "+b.url("etcd/etcd-04.db")+", of "+ago(4*day).Format(time.RFC3339) || !strings.HasPrefix(lines[14], "keep "+b.url("etcd/etcd-03.db")) {
		t.Errorf("got %q", lines)
	}
	in := atNoon(t)
	in.Mode = "drill"
	if lines, err := b.prune(nil).(steps.Previewer).Preview(t.Context(), in); err != nil || lines[0] != "lists only; would delete 11 and keep 3" {
		t.Errorf("in a drill: %q, %v", lines, err)
	}
	if after := strings.Join(b.keys(), " "); before != after || b.requests("s3_DeleteObject") != 0 {
		t.Errorf("before %s, after %s", before, after)
	}
	dead := b.prune(map[string]any{"endpoint": "http://127.0.0.1:1"})
	if lines, err := dead.(steps.Previewer).Preview(t.Context(), atNoon(t)); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("unreachable: %q, %v", lines, err)
	}
}
