package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
)

const mib = 1 << 20

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// TestRoundTrip: what goes up comes down, with all that is known of it.
func TestRoundTrip(t *testing.T) {
	started := time.Date(2026, 3, 1, 4, 5, 6, 789, time.UTC)
	for _, tt := range []struct {
		name     string
		size     int
		checksum string
	}{
		{"empty", 0, "sha256"},
		{"one request", 100, "sha256"},
		{"exactly one part", 5 * mib, "sha256"},
		{"parts", 12*mib + 17, "sha256"},
		{"parts crc32", 11 * mib, "crc32"},
		{"parts crc32c", 11 * mib, "crc32c"},
		{"parts without checksums", 11 * mib, "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, in := newBucket(t), newRun(t)
			file, data := fileOf(t, "etcd.db", tt.size)
			meta := backup.Meta{Kind: "etcd_snapshot", StartedAt: started, Run: "r1", Revision: 42, SHA256: sumOf(data), Size: int64(len(data))}
			if err := backup.WriteSidecar(file, meta); err != nil {
				t.Fatal(err)
			}
			up := run(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("x/"), "part_size": "5MiB", "checksum": tt.checksum}), in)
			want := steps.Outputs{
				"url": b.url("x/etcd.db"), "bucket": b.name, "key": "x/etcd.db", "size": int64(tt.size), "sha256": sumOf(data),
				"version_id": "", "started_at": stamp(started), "started_at_basis": "metadata", "etag": up["etag"],
			}
			if diff := cmp.Diff(want, up); diff != "" || up["etag"] == "" {
				t.Errorf("upload, etag %q: %s", up["etag"], diff)
			}
			if n := b.uploads(); n != 0 {
				t.Errorf("%d uploads left", n)
			}

			to := filepath.Join(t.TempDir(), "got.db")
			down := run(t, b.step(Download(), map[string]any{"from": b.url("x/etcd.db"), "to": to, "part_size": "3MiB", "etag": up["etag"]}), in)
			want = steps.Outputs{
				"path": to, "size": int64(tt.size), "sha256": sumOf(data), "etag": up["etag"], "version_id": "",
				"recovery_point": stamp(started), "recovery_point_basis": "metadata", "revision": int64(42), "backup_run": "r1",
			}
			if diff := cmp.Diff(want, down); diff != "" {
				t.Errorf("download: %s", diff)
			}
			if got, err := os.ReadFile(to); err != nil || sumOf(got) != sumOf(data) {
				t.Errorf("other bytes came down, error %v", err)
			}
			got, found, err := backup.ReadSidecar(to)
			if diff := cmp.Diff(meta, got); diff != "" || !found || err != nil {
				t.Errorf("sidecar: found %v, error %v: %s", found, err, diff)
			}
			absent(t, to+partSuffix)
		})
	}
}

func TestUploadOfAFileOfUnknownMaking(t *testing.T) {
	b := newBucket(t)
	file, _ := fileOf(t, "a.tar", 10)
	changed := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(file, changed, changed); err != nil {
		t.Fatal(err)
	}
	out := run(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.tar"), "metadata": map[string]any{"owner": "me"}}), newRun(t))
	if out["started_at"] != stamp(changed) || out["started_at_basis"] != "last_modified" {
		t.Errorf("started_at %v (%v), want %v", out["started_at"], out["started_at_basis"], stamp(changed))
	}
	key := "a.tar"
	head, err := b.client.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if _, guessed := head.Metadata["drplan-started-at"]; guessed || head.Metadata["owner"] != "me" || head.Metadata["drplan-kind"] != "file" {
		t.Errorf("metadata %v: want owner and kind, and no started-at", head.Metadata)
	}

	step := b.step(Upload(), map[string]any{"from": file, "to": b.url("b.tar"), "started_at": "2026-03-01T04:05:06Z"})
	if out := run(t, step, newRun(t)); out["started_at"] != "2026-03-01T04:05:06Z" || out["started_at_basis"] != "metadata" {
		t.Errorf("started_at was given, and is %v", out["started_at"])
	}
}

func TestUploadDoesNotReplace(t *testing.T) {
	b := newBucket(t)
	b.put("a.db", []byte("precious"), nil)
	file, _ := fileOf(t, "a.db", 10)
	input := map[string]any{"from": file, "to": b.url("a.db")}
	step, in := b.step(Upload(), input), newRun(t)
	fails(t, step, in, true, "exists", "if_none_match: false")
	if c := check(t, preflight(t.Context(), step, in), checkTarget); c.Err == nil {
		t.Error("preflight did not see that the object exists")
	}
	if n := b.requests("s3_PutObject"); n != 1 {
		t.Errorf("%d requests to store an object, want only the test's own", n)
	}
	input["if_none_match"] = false
	run(t, b.step(Upload(), input), in)
	if n := b.requests("s3_PutObject"); n != 2 {
		t.Errorf("%d requests to store an object, want 2", n)
	}
}

// TestUploadRace: another uploads between the look and the upload.
func TestUploadRace(t *testing.T) {
	for name, size := range map[string]int{"one request": 10, "parts": 6 * mib} {
		t.Run(name, func(t *testing.T) {
			b := newBucket(t)
			b.through(&proxy{refuse: times(1, func(r *http.Request) string {
				if r.Method == http.MethodHead {
					return ""
				}
				return r.Method
			}, func(*http.Request) int {
				b.put("a.db", []byte("faster"), nil)
				return 0
			})})
			file, _ := fileOf(t, "a.db", size)
			fails(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db"), "part_size": "5MiB"}), newRun(t), true, "PreconditionFailed")
			if n := b.uploads(); n != 0 {
				t.Errorf("%d uploads left", n)
			}
		})
	}
}

func TestUploadTwiceIsOnce(t *testing.T) {
	b, in := newBucket(t), newRun(t)
	file, _ := fileOf(t, "a.db", 10)
	step := b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db")})
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
	if n := b.requests("s3_PutObject"); n != 1 {
		t.Errorf("%d requests to store the object, want 1", n)
	}
	wrong := b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db"), "access_key": "WRONG"}).(steps.Reconciler)
	if verdict, _, err := wrong.Reconcile(t.Context(), in); verdict != steps.Unknown || err == nil {
		t.Errorf("with wrong credentials: %s, %v", verdict, err)
	}
	other := newRun(t)
	other.RunID = "another"
	if verdict, _, err := reconcile.Reconcile(t.Context(), other); verdict != steps.NeverBegun || err != nil {
		t.Errorf("another run's object was taken for its own: %s, %v", verdict, err)
	}
}

// TestUploadAnswerLost: the object was stored, and the connection broke before
// the answer. The client's second request meets the first one's object.
func TestUploadAnswerLost(t *testing.T) {
	for name, size := range map[string]int{"one request": 10, "parts": 6 * mib} {
		t.Run(name, func(t *testing.T) {
			var lost atomic.Bool
			b := newBucket(t).through(&proxy{answer: func(r *http.Response) error {
				last := r.Request.Method == http.MethodPut && !isPart(r.Request) || r.Request.Method == http.MethodPost && r.Request.URL.Query().Has("uploadId")
				if last && lost.CompareAndSwap(false, true) {
					return errCut
				}
				return nil
			}})
			file, data := fileOf(t, "a.db", size)
			out := run(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db"), "part_size": "5MiB"}), newRun(t))
			if !lost.Load() || out["sha256"] != sumOf(data) {
				t.Errorf("lost %v, outputs %v", lost.Load(), out)
			}
			if n := b.uploads(); n != 0 {
				t.Errorf("%d uploads left", n)
			}
		})
	}
}

func TestUploadSurvivesAStorm(t *testing.T) {
	perRequest := func(r *http.Request) string { return r.Method + r.URL.RequestURI() }
	p := &proxy{refuse: times(2, perRequest, func(*http.Request) int { return http.StatusServiceUnavailable })}
	b := newBucket(t).through(p)
	file, data := fileOf(t, "a.db", 22*mib)
	out := run(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db"), "part_size": "5MiB"}), newRun(t))
	if out["sha256"] != sumOf(data) {
		t.Errorf("outputs %v", out)
	}
	if n := b.requests("s3_UploadPart"); n != 5 {
		t.Errorf("%d parts reached the server, want each of 5 once", n)
	}
}

func TestUploadThatFailsLeavesNothing(t *testing.T) {
	p := &proxy{refuse: func(r *http.Request) int {
		if isPart(r) && r.URL.Query().Get("partNumber") == "2" {
			return http.StatusForbidden
		}
		return 0
	}}
	b, in := newBucket(t).through(p), newRun(t)
	file, _ := fileOf(t, "a.db", 12*mib)
	fails(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db"), "part_size": "5MiB"}), in, true, "access denied", "s3:PutObject")
	if n := b.requests("s3_CreateMultipartUpload"); n != 1 {
		t.Fatalf("%d uploads in parts were begun, want 1", n)
	}
	if n, keys := b.uploads(), b.keys(); n != 0 || len(keys) != 0 {
		t.Errorf("%d uploads and %v left", n, keys)
	}
	absent(t, filepath.Join(in.Dir, "multipart_upload"))
}

func TestUploadCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b, in := newBucket(t), newRun(t)
	b.through(&proxy{refuse: func(r *http.Request) int {
		if isPart(r) && r.URL.Query().Get("partNumber") == "2" {
			io.Copy(io.Discard, r.Body) // only then does the server see that its client went away
			cancel()
			<-r.Context().Done()
		}
		return 0
	}})
	file, _ := fileOf(t, "a.db", 22*mib)
	begun := time.Now()
	_, err := b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db"), "part_size": "5MiB"}).Run(ctx, in)
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	if n := b.uploads(); n != 0 {
		t.Errorf("%d uploads left", n)
	}
}

// TestUploadAfterAKill: a process that was killed left parts.
func TestUploadAfterAKill(t *testing.T) {
	b, in := newBucket(t), newRun(t)
	key := "a.db"
	created, err := b.client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: &b.name, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(in.Dir, "multipart_upload"), []byte(*created.UploadId), 0o600); err != nil {
		t.Fatal(err)
	}
	file, _ := fileOf(t, "a.db", 10)
	step := b.step(Upload(), map[string]any{"from": file, "to": b.url(key)})
	run(t, step, in)
	if n := b.uploads(); n != 0 {
		t.Errorf("%d uploads left", n)
	}

	// The note may outlive the upload.
	if err := os.WriteFile(filepath.Join(in.Dir, "multipart_upload"), []byte(*created.UploadId), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("other")}), in)
	absent(t, filepath.Join(in.Dir, "multipart_upload"))
}

func TestUploadOfADamagedFile(t *testing.T) {
	b := newBucket(t)
	file, data := fileOf(t, "a.db", 1000)
	if err := backup.WriteSidecar(file, backup.Meta{Kind: "etcd_snapshot", SHA256: sumOf(data), Size: 1000}); err != nil {
		t.Fatal(err)
	}
	data[500] ^= 1
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db")}), newRun(t), true, "sidecar", "damaged")
	if keys := b.keys(); len(keys) != 0 {
		t.Errorf("stored %v", keys)
	}
}

func TestUploadOfAFileThatChanges(t *testing.T) {
	b := newBucket(t)
	file, data := fileOf(t, "a.db", 22*mib)
	b.through(&proxy{refuse: func(r *http.Request) int {
		if r.Method == http.MethodPost && r.URL.Query().Has("uploads") {
			data[len(data)-1] ^= 1
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Error(err)
			}
		}
		return 0
	}})
	fails(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db"), "part_size": "5MiB"}), newRun(t), true, "changed while it was sent")
	if n, keys := b.uploads(), b.keys(); n != 0 || len(keys) != 0 {
		t.Errorf("%d uploads and %v left", n, keys)
	}
}

func TestUploadSeesLostMetadata(t *testing.T) {
	b := newBucket(t).through(&proxy{answer: func(r *http.Response) error {
		for name := range r.Header {
			if strings.HasPrefix(strings.ToLower(name), "x-amz-meta-") {
				r.Header.Del(name)
			}
		}
		return nil
	}})
	file, _ := fileOf(t, "a.db", 10)
	fails(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db")}), newRun(t), true, "lost the metadata")
}

func TestUploadPreflight(t *testing.T) {
	b, in := newBucket(t), newRun(t)
	step := b.step(Upload(), map[string]any{"from": filepath.Join(t.TempDir(), "none"), "to": b.url("a.db")})
	checks := preflight(t.Context(), step, in)
	if c := check(t, checks, checkSource); c.Err == nil || !c.Defer {
		t.Errorf("a missing file may be made by an earlier step: %+v", c)
	}
	for _, name := range []string{checkAccess, checkTarget} {
		if c := check(t, checks, name); c.Err != nil || c.Message == "" {
			t.Errorf("%s: %+v", name, c)
		}
	}
	fails(t, step, in, true, "no such file")
}

func TestUploadValidate(t *testing.T) {
	for want, input := range map[string]map[string]any{
		"5MiB":               {"part_size": "1MiB"},
		"from 1 to 64":       {"concurrency": 65},
		"s3://bucket/key":    {"to": "/tmp/x"},
		"drplan's own":       {"metadata": map[string]any{"drplan-run": "x"}},
		"lower-case letters": {"metadata": map[string]any{"Owner": "x"}},
		"ASCII":              {"metadata": map[string]any{"owner": "é"}},
		"go together":        {"access_key": "x"},
	} {
		full := map[string]any{"from": "a", "to": "s3://b/k"}
		for name, value := range input {
			full[name] = value
		}
		invalid(t, Upload(), full, want)
	}
}
