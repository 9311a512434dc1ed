package etcd

import (
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/s3"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestSnapshotIsWhatEtcdutlSees(t *testing.T) {
	lab := labtest.Shared(t)
	write(t, lab, t.Name(), 25)
	to := filepath.Join(t.TempDir(), "etcd.db")
	before := time.Now()
	out := mustPerform(t, Snapshot(s3.Upload()), with(lab.Etcd.Conn(), object{"to": to}))

	status, err := exec.Command(lab.Etcd.Etcdutl, "snapshot", "status", to, "-w", "simple").Output()
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(strings.TrimSpace(string(status)), ", ")
	hash, err := strconv.ParseInt(fields[0], 16, 64)
	if err != nil || hash != out["hash"] || fields[1] != strconv.FormatInt(out["revision"].(int64), 10) || fields[2] != strconv.FormatInt(out["keys"].(int64), 10) {
		t.Errorf("etcdutl says %q (%v), the outputs %v", status, err, out)
	}
	meta, found, err := backup.ReadSidecar(to)
	if err != nil || !found {
		t.Fatalf("sidecar: found %v, error %v", found, err)
	}
	if meta.StartedAt.Before(before) || meta.FinishedAt.Before(meta.StartedAt) || meta.Run != "20260101-000000-test" {
		t.Errorf("metadata %+v", meta)
	}
	if meta.SHA256 != out["sha256"] || meta.Size != out["size"] || out["recovery_point"] != stamp(meta.StartedAt) {
		t.Errorf("metadata %+v, outputs %v", meta, out)
	}
}

func TestSnapshotIsNeverOverwrittenUnasked(t *testing.T) {
	lab := labtest.Shared(t)
	to := filepath.Join(t.TempDir(), "etcd.db")
	if err := os.WriteFile(to, []byte("an older backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	input := with(lab.Etcd.Conn(), object{"to": to})
	if _, err := perform(t, Snapshot(s3.Upload()), input); err == nil || !steps.IsFinal(err) || !strings.Contains(err.Error(), "overwrite") {
		t.Errorf("error %v", err)
	}
	if data, _ := os.ReadFile(to); string(data) != "an older backup" {
		t.Error("it was overwritten")
	}
	mustPerform(t, Snapshot(s3.Upload()), with(input, object{"overwrite": true}))
	mustPerform(t, Snapshot(s3.Upload()), input) // this run's own
}

func TestSnapshotPrefersTheFirstHealthyMember(t *testing.T) {
	lab := labtest.Shared(t)
	endpoints := append([]string{closed(t)}, lab.Etcd.Endpoints...)
	mustPerform(t, Snapshot(s3.Upload()), with(lab.Etcd.Conn(), object{
		"to": filepath.Join(t.TempDir(), "etcd.db"), "endpoints": endpoints,
	}))
}

func TestSnapshotWithoutQuorum(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/a", 3)
	healthy(t, lab)
	labtest.Sh(t, lab.Etcd.Members[1].Kill)
	labtest.Sh(t, lab.Etcd.Members[2].Kill)
	input := with(lab.Etcd.Conn(), object{"to": filepath.Join(t.TempDir(), "etcd.db"), "dial_timeout": "2s"})
	if _, err := perform(t, Snapshot(s3.Upload()), input); err == nil || !strings.Contains(err.Error(), "stale_ok") {
		t.Errorf("error %v", err)
	}
	out := mustPerform(t, Snapshot(s3.Upload()), with(input, object{"stale_ok": true}))
	if out["recovery_point"] != "" || out["keys"] != int64(3) {
		t.Errorf("outputs %v: want the keys, and no recovery point", out)
	}
}

// TestBrokenStreamLeavesNothing cuts the connection half way, through a proxy.
func TestBrokenStreamLeavesNothing(t *testing.T) {
	lab := labtest.Shared(t)
	client := lab.Etcd.Client(t)
	big := strings.Repeat("x", 1<<20)
	for _, key := range []string{"/big/1", "/big/2", "/big/3"} {
		if _, err := client.Put(t.Context(), key, big); err != nil {
			t.Fatal(err)
		}
	}
	defer client.Delete(context.WithoutCancel(t.Context()), "/big/1")
	dir := t.TempDir()
	endpoint := cutting(t, lab.Etcd.Endpoints[0], 1<<20)
	_, err := perform(t, Snapshot(s3.Upload()), with(lab.Etcd.Conn(), object{
		"to": filepath.Join(dir, "etcd.db"), "endpoints": []string{endpoint},
	}))
	if err == nil || !strings.Contains(err.Error(), "broke off") {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// cutting is a proxy that closes a connection after limit bytes of answer.
func cutting(t testing.TB, endpoint string, limit int64) string {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() { l.Close(); open.Wait() })
	open.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { relay(in, target.Host, limit) })
		}
	})
	return "https://" + l.Addr().String()
}

func relay(in net.Conn, target string, limit int64) {
	defer in.Close()
	out, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer out.Close()
	go io.Copy(out, in)
	io.CopyN(in, out, limit)
}

func TestMembersNamesTheDead(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	labtest.Sh(t, lab.Etcd.Members[1].Kill)
	out := mustPerform(t, Members(), lab.Etcd.Conn())
	if failed := out["failed"].([]string); len(failed) != 1 || failed[0] != "m2" {
		t.Errorf("failed %v, want m2", failed)
	}
	labtest.Sh(t, lab.Etcd.Members[0].Kill)
	labtest.Sh(t, lab.Etcd.Members[2].Kill)
	out = mustPerform(t, Members(), lab.Etcd.Conn())
	if failed := out["failed"].([]string); len(failed) != 3 || out["members"] != int64(3) {
		t.Errorf("outputs %v, want three failed", out)
	}
}

func TestHealthSaysWhatItSawLast(t *testing.T) {
	lab := labtest.Shared(t)
	tests := []struct {
		name   string
		differ object
		want   string
	}{
		{"too few members", object{"members": 4}, "expected 4"},
		{"a member that no endpoint leads to", object{"endpoints": lab.Etcd.Endpoints[:2]}, "no endpoint of this step leads to it"},
		{"too few keys", object{"prefix": "/none", "min_keys": 1}, "0 keys, expected at least 1"},
		{"too low a revision", object{"min_revision": 1 << 40}, "expected at least 1099511627776"},
		{"a dead member", object{"endpoints": append([]string{closed(t)}, lab.Etcd.Endpoints...)}, "connection refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := stepstest.Decode(t, Health(), with(lab.Etcd.Conn(), tt.differ)).Run(ctx, stepstest.NewRun(t).Run)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "deadline") {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestSnapshotStraightToS3(t *testing.T) {
	lab := labtest.Shared(t)
	write(t, lab, t.Name(), 5)
	store := object{"endpoint": lab.S3.Endpoint, "region": lab.S3.Region, "access_key": lab.S3.AccessKey, "secret_key": lab.S3.SecretKey}
	to := "s3://" + lab.S3.Bucket + "/straight/etcd.db"
	input := with(lab.Etcd.Conn(), object{"to": to, "s3": store})
	run := stepstest.NewRun(t)
	for _, c := range stepstest.Decode(t, Snapshot(s3.Upload()), input).(steps.Preflighter).Preflight(t.Context(), run.Run) {
		if c.Err != nil {
			t.Errorf("preflight %s: %v", c.Name, c.Err)
		}
	}
	out, err := stepstest.Decode(t, Snapshot(s3.Upload()), input).Run(t.Context(), run.Run)
	if err != nil {
		t.Fatal(err)
	}
	stepstest.CheckOutputs(t, Snapshot(s3.Upload()), out)
	if strings.Contains(run.Logged.String()+run.Reported.String(), lab.S3.SecretKey) {
		t.Error("the secret key was logged")
	}

	back := filepath.Join(t.TempDir(), "etcd.db")
	got := mustPerform(t, s3.Download(), with(store, object{"from": to, "to": back}))
	if out["path"] != to || got["sha256"] != out["sha256"] || got["recovery_point"] != out["recovery_point"] {
		t.Errorf("snapshot %v\ndownload %v", out, got)
	}
	if _, err := openFile(t.Context(), back); err != nil {
		t.Error(err)
	}
}

// TestSnapshotToS3Again: drplan dies when the snapshot has arrived, before the
// journal knows. Another attempt finds it there; a snapshot of its own would be
// another, which S3 refuses.
func TestSnapshotToS3Again(t *testing.T) {
	lab := labtest.Shared(t)
	write(t, lab, t.Name(), 5)
	input := with(lab.Etcd.Conn(), object{"to": "s3://" + lab.S3.Bucket + "/again/etcd.db",
		"s3": object{"endpoint": lab.S3.Endpoint, "region": lab.S3.Region, "access_key": lab.S3.AccessKey, "secret_key": lab.S3.SecretKey}})
	run := stepstest.NewRun(t)
	first, err := stepstest.Decode(t, Snapshot(s3.Upload()), input).Run(t.Context(), run.Run)
	if err != nil {
		t.Fatal(err)
	}
	write(t, lab, t.Name(), 5)
	step := stepstest.Decode(t, Snapshot(s3.Upload()), input)
	again, err := step.Run(t.Context(), run.Run)
	if err != nil || cmp.Diff(first, again) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(first, again))
	}
	if err := step.(steps.Tidier).Tidy(run.Run); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(run.Dir); len(left) > 0 {
		t.Errorf("left in the step's folder: %v", left)
	}
}
