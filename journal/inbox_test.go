package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func bodies(messages []Message) (all []string) {
	for _, m := range messages {
		all = append(all, string(m.Body))
	}
	return all
}

func TestInboxIsOrdered(t *testing.T) {
	l := mustCreate(t, nil)
	if got, err := l.Inbox(); err != nil || len(got) != 0 {
		t.Fatalf("a new inbox: %v, %v", got, err)
	}
	want := []string{"one", "", "\x00\xff\n", "four", "five"}
	for _, body := range want {
		if err := Put(l.Dir(), []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := l.Inbox()
	if err != nil || !slices.Equal(bodies(got), want) {
		t.Fatalf("got %q, %v; want %q", bodies(got), err, want)
	}
	for range 2 { // the second time it is gone already
		if err := l.Ack(got[1].Name); err != nil {
			t.Fatal(err)
		}
	}
	got, err = l.Inbox()
	if want := slices.Delete(want, 1, 2); err != nil || !slices.Equal(bodies(got), want) {
		t.Errorf("after Ack: %q, %v; want %q", bodies(got), err, want)
	}
}

func TestMessageNamesOrderByTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("", 3600))
	var names []string
	for _, d := range []time.Duration{0, 1, time.Second, 25 * time.Hour, 400 * 24 * time.Hour} {
		names = append(names, newMessageName(at.Add(d)))
	}
	if !slices.IsSorted(names) || !strings.HasPrefix(names[0], "20260102T020405.999999999Z-") {
		t.Errorf("not in order of time: %q", names)
	}
	if newMessageName(at) == names[0] {
		t.Error("two messages of one moment have the same name")
	}
	for _, name := range names {
		if !messageNames().MatchString(name) {
			t.Errorf("%q is not taken for a message", name)
		}
	}
}

func TestInboxIgnoresOtherFiles(t *testing.T) {
	l := mustCreate(t, nil)
	inbox := filepath.Join(l.Dir(), inboxName)
	name := newMessageName(time.Now())
	for _, other := range []string{".new-" + name, name + "~", "note.txt"} {
		if err := os.WriteFile(filepath.Join(inbox, other), []byte("half"), fileMode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(inbox, name)); err != nil {
		t.Fatal(err)
	}
	if err := Put(l.Dir(), []byte("real")); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Inbox(); err != nil || !slices.Equal(bodies(got), []string{"real"}) {
		t.Errorf("got %q, %v", bodies(got), err)
	}
	for _, bad := range []string{"../" + fileName, "note.txt", "", ".new-" + name} {
		if err := l.Ack(bad); err == nil {
			t.Errorf("Ack took %q", bad)
		}
	}
}

func TestPutRefuses(t *testing.T) {
	if err := Put(t.TempDir(), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no run: %v", err)
	}
	l := mustCreate(t, nil)
	if err := Put(l.Dir(), make([]byte, MaxMessage+1)); err == nil {
		t.Error("a message beyond the limit was taken")
	}
	if entries, err := os.ReadDir(filepath.Join(l.Dir(), inboxName)); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// A copy of a run may lack its empty folders and its lock.
func TestInboxComesBack(t *testing.T) {
	data, _ := sampleBytes()
	dir := runWith(t, data)
	if err := Put(dir, []byte("early")); err != nil {
		t.Fatal(err)
	}
	l, _, _, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got, err := l.Inbox(); err != nil || !slices.Equal(bodies(got), []string{"early"}) {
		t.Errorf("got %q, %v", bodies(got), err)
	}
}

// Writers put while the driver takes: every message is taken whole, once.
func TestInboxIsAtomic(t *testing.T) {
	l := mustCreate(t, nil)
	const writers, each = 4, 15
	signal := l.WatchInbox(t.Context())
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				body := strings.Repeat(fmt.Sprintf("%d/%02d ", w, i), 5000)
				if err := Put(l.Dir(), []byte(body)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	taken := map[string]int{}
	for len(taken) < writers*each {
		<-signal
		messages, err := l.Inbox()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			if len(m.Body) != 25000 {
				t.Fatalf("half a message: %d bytes", len(m.Body))
			}
			taken[string(m.Body[:5])]++
			if err := l.Ack(m.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	wg.Wait()
	for body, n := range taken {
		if n != 1 {
			t.Errorf("%q was taken %d times", body, n)
		}
	}
}

// Both ways of noticing behave the same, but for their delay.
func TestWatchInbox(t *testing.T) {
	watchers := map[string]func(*Log, context.Context) <-chan struct{}{
		"notified": (*Log).WatchInbox,
		"polled": func(l *Log, ctx context.Context) <-chan struct{} {
			signal := make(chan struct{}, 1)
			go l.poll(ctx, signal)
			return signal
		},
	}
	for name, watch := range watchers {
		t.Run(name, func(t *testing.T) {
			l := mustCreate(t, nil)
			if err := Put(l.Dir(), []byte("before")); err != nil {
				t.Fatal(err)
			}
			signal := watch(l, t.Context())
			<-signal // for what was there; a test that hangs here has failed
			if err := Put(l.Dir(), []byte("after")); err != nil {
				t.Fatal(err)
			}
			<-signal
			if got, err := l.Inbox(); err != nil || !slices.Equal(bodies(got), []string{"before", "after"}) {
				t.Errorf("got %q, %v", bodies(got), err)
			}
		})
	}
}

func TestWatchInboxEnds(t *testing.T) {
	l := mustCreate(t, nil)
	watcher, err := newWatcher(filepath.Join(l.Dir(), inboxName))
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(context.Context, chan struct{}){
		"notified": func(ctx context.Context, signal chan struct{}) { l.watch(ctx, watcher, signal) },
		"polled":   func(ctx context.Context, signal chan struct{}) { l.poll(ctx, signal) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			run(ctx, make(chan struct{}, 1)) // returns, or the test hangs
		})
	}
}
