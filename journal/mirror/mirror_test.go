package mirror

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

	"github.com/drplan/drplan/journal"
)

// memory is a store whose answers can be made to fail. The real one, a bucket,
// is tested where it lives.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	version int
	at      map[string]int
	down    bool // nobody answers
	deaf    int  // so many writes are done, and their answers are lost
	writes  []string
}

func newMemory() *memory { return &memory{objects: map[string][]byte{}, at: map[string]int{}} }

var errDown = errors.New("nobody answers")

func (m *memory) Create(_ context.Context, name string, body []byte) (string, error) {
	return m.write(name, body, func() bool { _, there := m.objects[name]; return !there })
}

func (m *memory) Replace(_ context.Context, name, version string, body []byte) (string, error) {
	return m.write(name, body, func() bool { return fmt.Sprint(m.at[name]) == version })
}

func (m *memory) write(name string, body []byte, holds func() bool) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return "", errDown
	}
	if !holds() {
		return "", fs.ErrExist
	}
	m.version++
	m.objects[name], m.at[name] = slices.Clone(body), m.version
	m.writes = append(m.writes, name)
	if m.deaf > 0 {
		m.deaf--
		return "", errDown
	}
	return fmt.Sprint(m.version), nil
}

func (m *memory) Read(_ context.Context, name string) ([]byte, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body, there := m.objects[name]
	switch {
	case m.down:
		return nil, "", errDown
	case !there:
		return nil, "", fs.ErrNotExist
	}
	return slices.Clone(body), fmt.Sprint(m.at[name]), nil
}

func (m *memory) List(_ context.Context, prefix string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return nil, errDown
	}
	var names []string
	for name := range m.objects {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (m *memory) Folders(ctx context.Context, prefix string) ([]string, error) {
	names, err := m.List(ctx, prefix)
	var folders []string
	for _, name := range names {
		if folder, _, ok := strings.Cut(strings.TrimPrefix(name, prefix), "/"); ok {
			folders = append(folders, folder)
		}
	}
	return slices.Compact(folders), err
}

func (m *memory) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

const runID = "20260101T000000Z-x-aaaa"

// begun makes a run whose journal has the header only.
func begun(t *testing.T) *journal.Log {
	t.Helper()
	log, err := journal.Create(t.TempDir(), runID, []byte(`{"header":true}`), map[string][]byte{"plan.yaml": []byte("plan"), "params.json": []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	return log
}

func config(store Store, log *journal.Log, owner string) Config {
	return Config{
		Store: store, Run: runID, Dir: log.Dir(), Files: []string{"plan.yaml", "params.json"}, By: Holder{Owner: owner},
		Say: func(string) {}, Lost: func(error) {},
	}
}

func grow(t *testing.T, log *journal.Log, s *Shipper, batches int) {
	t.Helper()
	for i := range batches {
		if err := log.Append([]byte(fmt.Sprintf(`{"n":%d}`, i)), []byte(`{"and":"more"}`)); err != nil {
			t.Fatal(err)
		}
		s.Committed(log.Len())
	}
}

func file(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// joined is the journal in the store: its segments, one after another.
func (m *memory) joined() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for name := range m.objects {
		if strings.HasPrefix(name, runID+"/journal/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var all strings.Builder
	for _, name := range names {
		all.Write(m.objects[name])
	}
	return all.String()
}

// TestCopyIsTheJournal: segments, concatenated, are the file, and what is
// fetched is a run that opens.
func TestCopyIsTheJournal(t *testing.T) {
	store, log := newMemory(), begun(t)
	s := Start(config(store, log, "a"))
	s.Committed(1)
	grow(t, log, s, 20)
	if !s.Close(10 * time.Second) {
		t.Fatal("not everything was copied")
	}
	if got, want := store.joined(), file(t, log.Dir()); got != want || strings.Count(want, "\n") != 41 {
		t.Fatalf("the copy differs:\n%s\nwant\n%s", got, want)
	}
	dir, records, err := Fetch(t.Context(), store, runID, t.TempDir())
	if err != nil || records != 41 {
		t.Fatalf("%d records, %v", records, err)
	}
	again, read, cut, err := journal.Open(dir)
	if err != nil || len(read) != 41 || cut.Bytes != 0 {
		t.Fatalf("%d records, cut %v, %v", len(read), cut, err)
	}
	again.Close()
	if plan, err := os.ReadFile(filepath.Join(dir, "plan.yaml")); err != nil || string(plan) != "plan" {
		t.Errorf("plan.yaml is %q, %v", plan, err)
	}
	if ids, err := Runs(t.Context(), store); err != nil || !slices.Equal(ids, []string{runID}) {
		t.Errorf("the store lists %v, %v", ids, err)
	}
}

// TestOutageStopsNothing: what is written while the store does not answer is
// there when it does again, once each; people are told once each way.
func TestOutageStopsNothing(t *testing.T) {
	store, log := newMemory(), begun(t)
	store.down = true
	said := make(chan string, 10)
	c := config(store, log, "a")
	c.Say = func(text string) { said <- text }
	s := Start(c)
	grow(t, log, s, 5)
	if text := <-said; !strings.Contains(text, "cannot be written") {
		t.Errorf("said %q", text)
	}
	store.set(func() { store.down, store.deaf = false, 3 }) // and its first answers are lost
	grow(t, log, s, 5)
	if text := <-said; !strings.Contains(text, "caught up") {
		t.Errorf("said %q", text)
	}
	if !s.Close(10 * time.Second) {
		t.Fatal("not everything was copied")
	}
	if got, want := store.joined(), file(t, log.Dir()); got != want {
		t.Errorf("the copy differs:\n%s\nwant\n%s", got, want)
	}
	if len(said) > 0 {
		t.Errorf("said too much: %q", <-said)
	}
}

// TestClosePatience: a store that is gone does not keep a finished run.
func TestClosePatience(t *testing.T) {
	store, log := newMemory(), begun(t)
	store.down = true
	s := Start(config(store, log, "a"))
	grow(t, log, s, 1)
	if s.Close(time.Millisecond) {
		t.Error("a store that never answered has everything")
	}
	if len(store.objects) != 0 {
		t.Errorf("the store has %v", store.writes)
	}
}

// TestGoesOn: a second shipper continues where the first left off, and writes
// nothing twice.
func TestGoesOn(t *testing.T) {
	store, log := newMemory(), begun(t)
	for range 2 {
		s := Start(config(store, log, "a"))
		grow(t, log, s, 3)
		if !s.Close(10 * time.Second) {
			t.Fatal("not everything was copied")
		}
	}
	if got, want := store.joined(), file(t, log.Dir()); got != want {
		t.Errorf("the copy differs:\n%s\nwant\n%s", got, want)
	}
	var names []string
	for _, name := range store.writes {
		if strings.Contains(name, "/journal/") || strings.Contains(name, "/files/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("written twice: %v", names)
	}
}

// TestWentOnElsewhere: a folder that another machine has left behind must not
// go on, nor one whose journal another has contradicted.
func TestWentOnElsewhere(t *testing.T) {
	store, log := newMemory(), begun(t)
	s := Start(config(store, log, "a"))
	grow(t, log, s, 2)
	s.Close(10 * time.Second)
	behind, err := journal.Adopt(t.TempDir(), runID, []byte(file(t, log.Dir())[:strings.Index(file(t, log.Dir()), "\n")+1]), map[string][]byte{"plan.yaml": nil, "params.json": nil})
	if err != nil {
		t.Fatal(err)
	}
	lost := make(chan error, 1)
	c := config(store, log, "b")
	c.Dir, c.Lost = behind, func(err error) { lost <- err }
	s = Start(c)
	s.Committed(1)
	if err := <-lost; !errors.Is(err, errAhead) {
		t.Errorf("got %v", err)
	}
	s.Close(time.Second)
	if got, want := store.joined(), file(t, log.Dir()); got != want {
		t.Errorf("the copy was changed:\n%s", got)
	}
}

// TestTakenOver: a driver whose run was taken hears of it at its next word and
// writes nothing more.
func TestTakenOver(t *testing.T) {
	store, log := newMemory(), begun(t)
	lost := make(chan error, 1)
	c := config(store, log, "a")
	c.Lost = func(err error) { lost <- err }
	s := Start(c)
	grow(t, log, s, 1)
	for { // until the first driver has begun
		if got := store.joined(); strings.Count(got, "\n") == 3 {
			break
		}
	}
	var held *HeldError
	if _, err := Acquire(t.Context(), store, runID, Holder{Owner: "b"}, time.Now()); !errors.As(err, &held) || held.Holder.Owner != "a" {
		t.Fatalf("a held run was given away: %v", err)
	}
	if _, err := Acquire(t.Context(), store, runID, Holder{Owner: "b", Reason: "its laptop is lost"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	other := "{\"seq\":4,\"batch\":3,\"commit\":true,\"sum\":\"\"}\n"
	if _, err := store.Create(t.Context(), segment{4, 5}.name(runID), []byte(other)); err != nil {
		t.Fatal(err)
	}
	grow(t, log, s, 1)
	if err := <-lost; !errors.Is(err, ErrLost) {
		t.Errorf("got %v", err)
	}
	body, _, err := store.Read(t.Context(), lockName(runID))
	if err != nil || !strings.Contains(string(body), `"reason":"its laptop is lost","from":"a"`) {
		t.Errorf("the lock says %s, %v", body, err)
	}
}

// TestLock: renewals whose answers are lost keep the lock, another's word ends it.
func TestLock(t *testing.T) {
	store, ctx, now := newMemory(), t.Context(), time.Now()
	l, err := Acquire(ctx, store, runID, Holder{Owner: "a"}, now)
	if err != nil {
		t.Fatal(err)
	}
	store.deaf = 1
	if err := l.Renew(ctx, now.Add(time.Second)); !errors.Is(err, errDown) {
		t.Errorf("a lost answer: got %v", err)
	}
	if err := l.Renew(ctx, now.Add(2*time.Second)); err != nil {
		t.Errorf("the renewal after it: %v", err)
	}
	other, err := Acquire(ctx, store, runID, Holder{Owner: "b", Reason: "x"}, now.Add(3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Renew(ctx, now.Add(4*time.Second)); !errors.Is(err, ErrLost) {
		t.Errorf("a lock that is gone: got %v", err)
	}
	if err := l.Release(ctx, now.Add(4*time.Second), 0); !errors.Is(err, ErrLost) {
		t.Errorf("letting go of another's lock: got %v", err)
	}
	if err := other.Release(ctx, now.Add(5*time.Second), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(ctx, store, runID, Holder{Owner: "c"}, now.Add(6*time.Second)); err != nil {
		t.Errorf("a released run: %v", err)
	}
}

func TestFollow(t *testing.T) {
	name := func(first, last int64) string { return segment{first, last}.name(runID) }
	for what, c := range map[string]struct {
		names []string
		want  string // part of the error; "": none
	}{
		"whole":   {[]string{name(1, 1), name(2, 7), name(8, 8)}, ""},
		"strange": {[]string{name(1, 1), runID + "/journal/notes.txt", name(2, 3)}, ""},
		"empty":   {nil, ""},
		"a gap":   {[]string{name(1, 1), name(3, 4)}, "records 2 to 2 are missing"},
		"no head": {[]string{name(2, 4)}, "records 1 to 1 are missing"},
		"a fork":  {[]string{name(1, 1), name(2, 3), name(2, 5)}, "two drivers"},
		"inside":  {[]string{name(1, 9), name(4, 5)}, "two drivers"},
	} {
		_, err := follow(runID, c.names)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", what, err, c.want)
		}
	}
}
