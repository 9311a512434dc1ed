package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLogRoundTrip(t *testing.T) {
	l := mustCreate(t, nil)
	mustWrite(t, l)
	if l.Len() != int64(len(flat(len(sample)))) {
		t.Errorf("Len is %d, want %d", l.Len(), len(flat(len(sample))))
	}
	sum := l.Sum()
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	again, records, cut, err := Open(l.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if diff := cmp.Diff(flat(len(sample)), toStrings(records)); diff != "" || cut != (Cut{}) {
		t.Errorf("cut %+v, records (-written +read):\n%s", cut, diff)
	}
	if again.Len() != l.Len() || again.Sum() != sum || again.Dir() != l.Dir() {
		t.Errorf("reopened at %d %s in %s", again.Len(), again.Sum(), again.Dir())
	}
}

// A mirror copies what it has not yet: what was there must never change.
func TestFileOnlyGrows(t *testing.T) {
	l := mustCreate(t, nil)
	before := string(journalBytes(t, l.Dir()))
	for _, b := range sample[1:] {
		if err := l.Append(toBatch(b)...); err != nil {
			t.Fatal(err)
		}
		after := string(journalBytes(t, l.Dir()))
		if !strings.HasPrefix(after, before) || strings.Count(after[len(before):], "\n") != len(b) {
			t.Fatalf("%q became %q", before, after)
		}
		before = after
	}
}

func TestErrorsStick(t *testing.T) {
	l := mustCreate(t, nil)
	if err := Put(l.Dir(), []byte("yes")); err != nil {
		t.Fatal(err)
	}
	messages, err := l.Inbox()
	if err != nil || len(messages) != 1 {
		t.Fatalf("%v, %v", messages, err)
	}
	before := journalBytes(t, l.Dir())
	first := l.Append([]byte(`1`), []byte(`{`))
	if !errors.Is(first, ErrRecord) || !strings.Contains(first.Error(), "record 2") {
		t.Fatalf("got %v, want the second record refused", first)
	}
	_, inboxErr := l.Inbox()
	for i, err := range []error{l.Append([]byte(`1`)), l.Append(), l.Ack(messages[0].Name), inboxErr} {
		if err != first {
			t.Errorf("call %d: got %v, want the first error", i, err)
		}
	}
	if l.Len() != 1 || string(journalBytes(t, l.Dir())) != string(before) {
		t.Error("something of the refused batch was written")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Append([]byte(`1`)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestBatchTooLongIsRefused(t *testing.T) {
	l := mustCreate(t, nil)
	rec := []byte(`"` + strings.Repeat("x", MaxRecord-2) + `"`)
	batch := slices.Repeat([][]byte{rec}, MaxBatch/MaxRecord)
	if err := l.Append(batch...); !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), "batch of") {
		t.Errorf("got %v, want the batch refused", err)
	}
}

func TestCreateMakesTheWholeFolder(t *testing.T) {
	files := map[string][]byte{"dr-plan.yaml": []byte("plan: 1\n"), "params.json": []byte("{}")}
	l := mustCreate(t, files)
	mustWrite(t, l)
	if err := Put(l.Dir(), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(l.Dir(), name))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	var seen []string
	err := filepath.WalkDir(filepath.Dir(l.Dir()), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		want := fs.FileMode(fileMode)
		if e.IsDir() {
			want = fs.ModeDir | dirMode
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
		}
		if strings.HasPrefix(e.Name(), "journal") {
			seen = append(seen, e.Name())
		}
		return err
	})
	if err != nil || !slices.Equal(seen, []string{fileName}) {
		t.Errorf("names that begin with journal: %q, %v", seen, err)
	}
}

func TestCreateRefuses(t *testing.T) {
	runs := t.TempDir()
	l, err := Create(runs, "taken", []byte(`{}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.WriteFile(filepath.Join(runs, "file"), nil, fileMode); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, id, header, file string
		want                   error
	}{
		{"taken", "taken", `{}`, "", fs.ErrExist},
		{"taken by a file", "file", `{}`, "", fs.ErrExist},
		{"empty id", "", `{}`, "", ErrRunID},
		{"parent", "..", `{}`, "", ErrRunID},
		{"separator", "a/b", `{}`, "", ErrRunID},
		{"backslash", `a\b`, `{}`, "", ErrRunID},
		{"hidden", ".a", `{}`, "", ErrRunID},
		{"like a flag", "-a", `{}`, "", ErrRunID},
		{"newline", "a\n", `{}`, "", ErrRunID},
		{"long id", strings.Repeat("a", 129), `{}`, "", ErrRunID},
		{"header", "new", `{`, "", ErrRecord},
		{"file outside", "new", `{}`, "../x", nil},
		{"file hidden", "new", `{}`, ".x", nil},
		{"file without name", "new", `{}`, "", nil},
		{"file like the journal", "new", `{}`, "journal.old", nil},
		{"file like the lock", "new", `{}`, "lock", nil},
		{"file like the inbox", "new", `{}`, "inbox", nil},
		{"file that cannot be", "new", `{}`, strings.Repeat("x", 300), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string][]byte{"plan.yaml": nil}
			if tt.want == nil {
				files[tt.file] = []byte("x")
			}
			_, err := Create(runs, tt.id, []byte(tt.header), files)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	entries, err := os.ReadDir(runs)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// Whoever sees the run's name sees a whole run, and one that is held.
func TestCreateIsAtomic(t *testing.T) {
	runs := t.TempDir()
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		seen := map[string]bool{}
		for {
			select {
			case <-stop:
				done <- len(seen)
				return
			default:
			}
			for _, id := range readNames(runs) {
				if !seen[id] {
					seen[id] = true
					checkWhole(t, filepath.Join(runs, id))
				}
			}
		}
	}()
	const n = 20
	for i := range n {
		l, err := Create(runs, "run-"+string(rune('a'+i)), []byte(`{}`), map[string][]byte{"plan": []byte("p")})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	close(stop)
	if seen := <-done; seen < n/2 {
		t.Errorf("the watcher saw only %d of %d runs appear", seen, n)
	}
}

func readNames(runs string) (names []string) {
	entries, _ := os.ReadDir(runs)
	for _, e := range entries {
		if CheckRunID(e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	return names
}

func checkWhole(t *testing.T, dir string) {
	records, err := Read(dir)
	if err != nil || len(records) != 1 {
		t.Errorf("%s: %q, %v", dir, records, err)
	}
	if plan, err := os.ReadFile(filepath.Join(dir, "plan")); err != nil || string(plan) != "p" {
		t.Errorf("%s: plan %q, %v", dir, plan, err)
	}
	if _, _, _, err := Open(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("%s: Open gives %v, want ErrLocked", dir, err)
	}
}

func TestOpenWithoutARun(t *testing.T) {
	dir := t.TempDir()
	if _, _, _, err := Open(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("Open left %v, %v", entries, err)
	}
}

func TestDefaultRuns(t *testing.T) {
	t.Setenv("HOME", "/home/ops")
	tests := []struct{ runs, state, want string }{
		{"/srv/runs", "/state", "/srv/runs"},
		{"", "/state", "/state/drplan/runs"},
		{"", "", "/home/ops/.local/state/drplan/runs"},
		{"", "relative", "/home/ops/.local/state/drplan/runs"},
	}
	for _, tt := range tests {
		t.Setenv("DRPLAN_RUNS", tt.runs)
		t.Setenv("XDG_STATE_HOME", tt.state)
		if got := DefaultRuns(); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}
