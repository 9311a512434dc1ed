package s3

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
)

// stored puts an object with its digest and returns its bytes.
func (b *bucket) stored(key string, n int) []byte {
	b.t.Helper()
	data := bytesOf(n)
	b.put(key, data, backup.ToS3(backup.Meta{Kind: "file", SHA256: sumOf(data), Size: int64(n), StartedAt: time.Now()}))
	return data
}

func newTarget(t *testing.T) string { return filepath.Join(t.TempDir(), "got") }

// left fails the test when a failed download left anything.
func left(t *testing.T, to string) {
	t.Helper()
	absent(t, to, to+partSuffix, to+backup.SidecarSuffix)
}

func got(t *testing.T, to string, want []byte) {
	t.Helper()
	if data, err := os.ReadFile(to); err != nil || !bytes.Equal(data, want) {
		t.Errorf("%d bytes that differ from the %d wanted, error %v", len(data), len(want), err)
	}
}

// TestDownloadOverABadLine: every answer is cut after 700,000 bytes; each
// request goes on where the last one broke.
func TestDownloadOverABadLine(t *testing.T) {
	p := &proxy{answer: func(r *http.Response) error {
		if isGet(r.Request) {
			r.Body = &cut{r.Body, 700_000}
		}
		return nil
	}}
	b := newBucket(t).through(p)
	data, to := b.stored("a.db", 4_000_000), newTarget(t)
	run(t, b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to, "part_size": 2_000_000, "concurrency": 1}), newRun(t))
	got(t, to, data)
	asked := p.requests("GET /" + b.name + "/a.db")
	if len(asked) < 6 || len(asked) > 10 {
		t.Errorf("%d requests, want about 6: %q", len(asked), asked)
	}
	seen := map[string]bool{}
	for _, request := range asked {
		if seen[request] {
			t.Errorf("asked twice: %s", request)
		}
		seen[request] = true
	}
}

func TestDownloadOverALineThatStalls(t *testing.T) {
	var once sync.Once
	p := &proxy{answer: func(r *http.Response) error {
		if isGet(r.Request) {
			once.Do(func() { r.Body = &stuck{r.Body, 1000, r.Request.Context().Done()} })
		}
		return nil
	}}
	b := newBucket(t).through(p)
	data, to := b.stored("a.db", 10_000), newTarget(t)
	run(t, b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to, "stall_timeout": "200ms"}), newRun(t))
	got(t, to, data)
	want := []string{"GET /" + b.name + "/a.db?x-id=GetObject bytes=0-9999", "GET /" + b.name + "/a.db?x-id=GetObject bytes=1000-9999"}
	if diff := cmp.Diff(want, p.requests("GET")); diff != "" {
		t.Error(diff)
	}
}

func TestDownloadSurvivesAStorm(t *testing.T) {
	perRange := func(r *http.Request) string { return r.Method + r.Header.Get("Range") }
	b := newBucket(t).through(&proxy{refuse: times(2, perRange, func(*http.Request) int { return http.StatusServiceUnavailable })})
	data, to := b.stored("a.db", 100_000), newTarget(t)
	run(t, b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to, "part_size": 10_000}), newRun(t))
	got(t, to, data)
}

// TestDownloadOfAnObjectThatChanges: another upload takes its place after the
// first range. In a bucket with versions the old one can still be had.
func TestDownloadOfAnObjectThatChanges(t *testing.T) {
	for _, versioned := range []bool{false, true} {
		t.Run(fmt.Sprintf("versioned=%v", versioned), func(t *testing.T) {
			b := newBucket(t)
			if versioned {
				b.versioned()
			}
			data, to := b.stored("a.db", 100_000), newTarget(t)
			b.through(&proxy{refuse: func(r *http.Request) int {
				if strings.HasPrefix(r.Header.Get("Range"), "bytes=50000-") {
					b.stored("a.db", 100_001)
				}
				return 0
			}})
			step := b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to, "part_size": 50_000, "concurrency": 1})
			if versioned {
				if out := run(t, step, newRun(t)); out["version_id"] == "" {
					t.Error("no version is named")
				}
				got(t, to, data)
				return
			}
			fails(t, step, newRun(t), true, "changed while it was downloaded")
			left(t, to)
		})
	}
}

func TestDownloadOfAnObjectThatIsDeleted(t *testing.T) {
	b := newBucket(t)
	to := newTarget(t)
	b.stored("a.db", 100)
	b.through(&proxy{refuse: func(r *http.Request) int {
		if isGet(r) {
			if err := os.Remove(b.onDisk("a.db")); err != nil {
				t.Error(err)
			}
		}
		return 0
	}})
	fails(t, b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to}), newRun(t), true, "was deleted while")
	left(t, to)
}

// TestDownloadOfADamagedObject: the server's disk has lost or turned a bit.
func TestDownloadOfADamagedObject(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"bit flip": func(d []byte) []byte { d[70_000] ^= 4; return d },
		"cut":      func(d []byte) []byte { return d[:70_000] },
		"longer":   func(d []byte) []byte { return append(d, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			b, to := newBucket(t), newTarget(t)
			data := b.stored("a.db", 100_000)
			if err := os.WriteFile(b.onDisk("a.db"), damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			step := b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to, "part_size": 10_000})
			fails(t, step, newRun(t), true, "hash mismatch")
			left(t, to)
			if c := check(t, preflight(t.Context(), step, newRun(t)), checkHash); name != "bit flip" && (c.Err == nil || !c.Hard) {
				t.Errorf("preflight: %+v, want a failure that cannot be overridden", c)
			}
		})
	}
}

func TestDownloadWhatIsExpected(t *testing.T) {
	data := bytesOf(1000)
	for _, tt := range []struct {
		name     string
		metadata map[string]string
		input    map[string]any
		wants    []string // none: it succeeds
	}{
		{"no hash", nil, nil, []string{"no SHA-256", "require_hash: false"}},
		{"no hash is required", nil, map[string]any{"require_hash": false}, nil},
		{"hash given", nil, map[string]any{"sha256": sumOf(data)}, nil},
		{"another hash given", nil, map[string]any{"sha256": sumOf(nil)}, []string{"hash mismatch", sumOf(nil)}},
		{"metadata disagrees", map[string]string{"drplan-sha256": sumOf(data)}, map[string]any{"sha256": sumOf(nil)}, []string{"hash mismatch", "metadata"}},
		{"metadata lies", map[string]string{"drplan-sha256": sumOf(nil)}, nil, []string{"hash mismatch"}},
		{"metadata is damaged", map[string]string{"drplan-started-at": "noon"}, map[string]any{"sha256": sumOf(data)}, []string{"drplan-started-at"}},
		{"another etag", map[string]string{"drplan-sha256": sumOf(data)}, map[string]any{"etag": "abc"}, []string{"ETag", "abc"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, to := newBucket(t), newTarget(t)
			b.put("a.db", data, tt.metadata)
			input := map[string]any{"from": b.url("a.db"), "to": to}
			for name, value := range tt.input {
				input[name] = value
			}
			step := b.step(Download(), input)
			if tt.wants != nil {
				fails(t, step, newRun(t), true, tt.wants...)
				left(t, to)
				return
			}
			if out := run(t, step, newRun(t)); out["recovery_point_basis"] != "last_modified" || out["sha256"] != sumOf(data) {
				t.Errorf("outputs %v", out)
			}
			got(t, to, data)
		})
	}
}

func TestDownloadDoesNotReplace(t *testing.T) {
	b := newBucket(t)
	data := b.stored("a.db", 1000)
	to, _ := fileOf(t, "mine", 10)
	input := map[string]any{"from": b.url("a.db"), "to": to}
	step := b.step(Download(), input)
	fails(t, step, newRun(t), true, "exists", "overwrite: true")
	if c := check(t, preflight(t.Context(), step, newRun(t)), checkTarget); c.Err == nil {
		t.Error("preflight did not see the file")
	}
	input["overwrite"] = true
	run(t, b.step(Download(), input), newRun(t))
	got(t, to, data)
}

func TestDownloadTwiceIsOnce(t *testing.T) {
	b, in, to := newBucket(t), newRun(t), newTarget(t)
	b.stored("a.db", 1000)
	step := b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to})
	reconcile := step.(steps.Reconciler)
	if verdict, _, err := reconcile.Reconcile(t.Context(), in); verdict != steps.NeverBegun || err != nil {
		t.Errorf("before: %s, %v", verdict, err)
	}
	first := run(t, step, in)
	verdict, out, err := reconcile.Reconcile(t.Context(), in)
	if diff := cmp.Diff(first, out); verdict != steps.Done || err != nil || diff != "" {
		t.Errorf("after: %s, %v: %s", verdict, err, diff)
	}
	if diff := cmp.Diff(first, run(t, step, in)); diff != "" {
		t.Error(diff)
	}
	if n := b.requests("s3_GetObject"); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
	if err := os.WriteFile(to, []byte("damaged since"), 0o600); err != nil {
		t.Fatal(err)
	}
	if verdict, _, err := reconcile.Reconcile(t.Context(), in); verdict != steps.NeverBegun || err != nil {
		t.Errorf("a file that changed since: %s, %v", verdict, err)
	}
}

func TestDownloadToAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this platform has no /dev/full to write to")
	}
	b, to := newBucket(t), newTarget(t)
	b.stored("a.db", 100_000)
	if err := os.Symlink("/dev/full", to+partSuffix); err != nil {
		t.Fatal(err)
	}
	fails(t, b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to, "part_size": 10_000}), newRun(t), false, "disk is full", "make room")
	left(t, to)
}

func TestDownloadNeedsSpace(t *testing.T) {
	c := &DownloadConfig{To: newTarget(t)}
	if _, err := c.enoughSpace(1 << 62); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("error %v", err)
	}
	if message, err := c.enoughSpace(1); err != nil || !strings.Contains(message, "is free") {
		t.Errorf("%q, error %v", message, err)
	}
}

// TestDownloadThroughAProxyThatDropsRanges: the wrong bytes must not get into
// the file.
func TestDownloadThroughAProxyThatDropsRanges(t *testing.T) {
	b, to := newBucket(t), newTarget(t)
	b.stored("a.db", 1000)
	b.through(&proxy{answer: func(r *http.Response) error {
		r.Header.Del("Content-Range")
		return nil
	}})
	fails(t, b.step(Download(), map[string]any{"from": b.url("a.db"), "to": to, "part_size": 100}), newRun(t), true, "does not serve ranges")
	left(t, to)
}

func TestDownloadPreflight(t *testing.T) {
	b, in := newBucket(t), newRun(t)
	data := b.stored("a.db", 1000)
	checks := preflight(t.Context(), b.step(Download(), map[string]any{"from": b.url("a.db"), "to": newTarget(t)}), in)
	for name, want := range map[string]string{checkBackup: "1000 B", checkHash: sumOf(data), checkSpace: "is free", checkTarget: "can be written"} {
		if c := check(t, checks, name); c.Err != nil || !strings.Contains(c.Message, want) {
			t.Errorf("%s: %q, error %v; want %q", name, c.Message, c.Err, want)
		}
	}
	missing := preflight(t.Context(), b.step(Download(), map[string]any{"from": b.url("none"), "to": newTarget(t)}), in)
	if c := check(t, missing, checkBackup); c.Err == nil || !c.Defer {
		t.Errorf("a missing object may be uploaded by an earlier step: %+v", c)
	}
	elsewhere := preflight(t.Context(), b.step(Download(), map[string]any{"from": "s3://no-such-bucket/a", "to": newTarget(t)}), in)
	if c := check(t, elsewhere, checkAccess); c.Err == nil || c.Defer || !strings.Contains(c.Err.Error(), "no such bucket") {
		t.Errorf("a missing bucket: %+v", c)
	}
	if n := b.requests("s3_GetObject"); n != 0 {
		t.Errorf("preflight downloaded %d times", n)
	}
}

func TestDownloadValidate(t *testing.T) {
	for want, input := range map[string]map[string]any{
		"names no object": {"from": "s3://b/"},
		"64 lower-case":   {"sha256": "AB"},
		"above 0":         {"part_size": 0},
		"from 1 to 64":    {"concurrency": 0},
	} {
		full := map[string]any{"from": "s3://b/k", "to": "x"}
		for name, value := range input {
			full[name] = value
		}
		invalid(t, Download(), full, want)
	}
}
