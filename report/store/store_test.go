package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/journal/mirror"
	"github.com/drplan/drplan/report/store"
	"github.com/drplan/drplan/steps/s3"
)

func TestMain(m *testing.M) { labtest.Main(m) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// begin makes the run number i of a folder, which is still its driver's.
func begin(t testing.TB, runs string, i int) *journal.Log {
	t.Helper()
	h := engine.Header{
		Format: engine.Format, RunID: fmt.Sprintf("%s-drill-%04d", noon.Add(time.Duration(i)*time.Second).Format("20060102T150405Z"), i),
		Started: noon.Add(time.Duration(i) * time.Second), Scenario: "drill", Mode: engine.ModeDrill,
	}
	head, err := engine.EncodeHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	log, err := journal.Create(runs, h.RunID, head, map[string][]byte{"plan.yaml": []byte("plan"), "params.json": []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	event(t, log, 1, engine.RunStarted)
	return log
}

func event(t testing.TB, log *journal.Log, seq int64, kind engine.EventKind) {
	t.Helper()
	record, err := engine.EncodeEvent(engine.Event{Seq: seq, Wall: noon, Kind: kind})
	if err == nil {
		err = log.Append(record)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func end(t testing.TB, log *journal.Log) {
	t.Helper()
	event(t, log, 2, engine.RunStopped)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

func ids(t testing.TB, s store.Store) []string {
	t.Helper()
	list, err := s.IDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// lab is a bucket of the real server, empty and of this test alone.
func lab(t testing.TB) (bucket *s3.Bucket, address string) {
	t.Helper()
	server := labtest.S3(t)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.Endpoint, "AWS_ACCESS_KEY_ID": server.AccessKey, "AWS_SECRET_ACCESS_KEY": server.SecretKey, "AWS_REGION": server.Region,
	} {
		t.Setenv(name, value)
	}
	address = "s3://" + server.Bucket + "/store-" + filepath.Base(t.TempDir()) + "-" + t.Name()
	bucket, err := s3.OpenBucket(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return bucket, address
}

func ship(t testing.TB, bucket mirror.Store, log *journal.Log) *mirror.Shipper {
	t.Helper()
	s := mirror.Start(mirror.Config{
		Store: bucket, Run: filepath.Base(log.Dir()), Dir: log.Dir(), Files: []string{"plan.yaml", "params.json"}, By: mirror.Holder{Owner: "a"},
		Say: func(text string) { t.Log(text) }, Lost: func(err error) { t.Error(err) },
	})
	s.Committed(log.Len())
	return s
}

// TestSame: a mirror on the real server tells of runs what their folder tells, of
// one that goes on too.
func TestSame(t *testing.T) {
	runs := t.TempDir()
	bucket, address := lab(t)
	over, going := begin(t, runs, 0), begin(t, runs, 1)
	first, second := ship(t, bucket, over), ship(t, bucket, going)
	event(t, over, 2, engine.RunStopped)
	first.Committed(over.Len())
	if !first.Close(30 * time.Second) {
		t.Fatal("the mirror lacks the end of a run")
	}
	if err := over.Close(); err != nil {
		t.Fatal(err)
	}
	defer func() { second.Close(30 * time.Second); going.Close() }()
	folder, there := store.Folder(runs), store.NewMirror(bucket, address)
	await(t, func() bool { _, err := there.Read(t.Context(), filepath.Base(going.Dir())); return err == nil })
	if diff := cmp.Diff(ids(t, folder), ids(t, there)); diff != "" {
		t.Fatal(diff)
	}
	for i, id := range ids(t, folder) {
		want, err := folder.Read(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		head, err := there.Header(t.Context(), id)
		if err != nil || head.RunID != id {
			t.Errorf("its header is of %s, %v", head.RunID, err)
		}
		got, err := there.Read(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if wantLive := i == 0; got.Live != wantLive || want.Live != wantLive {
			t.Errorf("%s goes on: %v in the mirror, %v in the folder, want %v", id, got.Live, want.Live, wantLive)
		}
		if got.Evidence.Sum != want.Evidence.Sum || got.Evidence.Closed != want.Evidence.Closed || len(got.Events) != len(want.Events) {
			t.Errorf("of %s came\n%+v\nwant\n%+v", id, got.Evidence, want.Evidence)
		}
		if plan, err := there.File(t.Context(), id, "plan.yaml"); err != nil || string(plan) != "plan" {
			t.Errorf("its plan is %q, %v", plan, err)
		}
	}
	if _, err := there.Read(t.Context(), "another"); !errors.Is(err, store.ErrGone) {
		t.Errorf("of no run came %v", err)
	}
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came")
		}
	}
}

// counted counts the requests to a bucket.
type counted struct {
	mirror.Store
	reads, lists atomic.Int64
}

func (c *counted) Read(ctx context.Context, name string) ([]byte, string, error) {
	c.reads.Add(1)
	return c.Store.Read(ctx, name)
}

func (c *counted) List(ctx context.Context, prefix string) ([]string, error) {
	c.lists.Add(1)
	return c.Store.List(ctx, prefix)
}

// TestMany: of many runs none takes more than two reads and none a list, whether
// its header is asked for first or not.
func TestMany(t *testing.T) {
	const many = 60
	runs := t.TempDir()
	bucket, address := lab(t)
	for i := range many {
		log := begin(t, runs, i)
		end(t, log)
		s := ship(t, bucket, log)
		if !s.Close(30 * time.Second) {
			t.Fatal("the mirror lacks the end of a run")
		}
	}
	c := &counted{Store: bucket}
	s := store.NewMirror(c, address)
	list := ids(t, s)
	if len(list) != many || !slices.IsSortedFunc(list, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Fatalf("%d runs: %v", len(list), list)
	}
	i := 0
	for one := range store.Headers(t.Context(), s, list) {
		if one.Err != nil || one.ID != list[i] || one.Value.RunID != one.ID {
			t.Fatalf("header %d is of %s, %v", i, one.ID, one.Err)
		}
		i++
	}
	for one := range store.Runs(t.Context(), s, list) {
		if one.Err != nil || one.Value.Header.RunID != one.ID {
			t.Fatal(one.Err)
		}
	}
	if reads, lists := c.reads.Load(), c.lists.Load(); i != many || reads != 2*many || lists != 0 {
		t.Errorf("%d headers; %d reads and %d lists of %d runs", i, reads, lists, many)
	}
}

// TestAhead: runs come in order, whatever takes how long, and who has enough is not
// kept waiting.
func TestAhead(t *testing.T) {
	var list []string
	for i := range 100 {
		list = append(list, fmt.Sprint(i))
	}
	var asked atomic.Int64
	read := func(ctx context.Context, id string) (string, error) {
		if n := asked.Add(1); n%3 == 0 {
			time.Sleep(time.Millisecond)
		}
		return "of " + id, ctx.Err()
	}
	i := 0
	for one := range store.Ahead(t.Context(), list, read) {
		if one.ID != list[i] || one.Value != "of "+list[i] || one.Err != nil {
			t.Fatalf("%d: %+v", i, one)
		}
		i++
	}
	if i != len(list) {
		t.Errorf("%d came", i)
	}
	asked.Store(0)
	for range store.Ahead(t.Context(), list, read) {
		break
	}
	if n := asked.Load(); n > 20 {
		t.Errorf("%d were read for one", n)
	}
}

// TestGone: a run whose journal was deleted is still a run, and its reading says so.
func TestGone(t *testing.T) {
	runs := t.TempDir()
	log := begin(t, runs, 0)
	end(t, log)
	if err := os.Remove(filepath.Join(log.Dir(), "journal.jsonl")); err != nil {
		t.Fatal(err)
	}
	s := store.Folder(runs)
	list := ids(t, s)
	if len(list) != 1 {
		t.Fatalf("the runs are %v", list)
	}
	if _, err := s.Read(t.Context(), list[0]); !errors.Is(err, store.ErrGone) {
		t.Errorf("reading it gives %v", err)
	}
	if got := ids(t, store.Folder(filepath.Join(runs, "none"))); len(got) != 0 {
		t.Errorf("a folder that is not there has %v", got)
	}
}
