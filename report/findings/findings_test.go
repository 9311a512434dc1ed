package findings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/report"
)

var now = time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)

// byHand is a file as people write it.
const byHand = `# Ours. Ask ann.
findings:
  # Seen twice.
  - title: 'The restore needs "more" time' # really
    id: TIME-1
    run: 20261124T125243Z-folder_loss-t2te
    due: 2026-11-23
    severity: high

  - id: F-7 # the last one
    title: It works
    state: closed
    closed: 2026-10-02
    resolution: 30m
`

func folder(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if text != "" {
		if err := os.WriteFile(filepath.Join(dir, Name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func fileOf(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, Name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRead(t *testing.T) {
	got, err := Read(folder(t, byHand), now)
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) report.Day { at, _ := time.Parse(time.DateOnly, s); return report.Day{Time: at} }
	want := []report.Finding{
		{ID: "TIME-1", Title: `The restore needs "more" time`, Run: "20261124T125243Z-folder_loss-t2te", Due: day("2026-11-23"), Severity: "high", State: "open", Overdue: true},
		{ID: "F-7", Title: "It works", State: "closed", Closed: day("2026-10-02"), Resolution: "30m"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, dir := range []string{folder(t, ""), folder(t, "# nothing\n"), folder(t, "findings:\n")} {
		if got, err := Read(dir, now); err != nil || len(got) > 0 {
			t.Errorf("%v, %v", got, err)
		}
	}
	early, err := Read(folder(t, byHand), now.Add(-14*time.Hour)) // its day is not over
	if err != nil || early[0].Overdue {
		t.Errorf("%+v, %v", early, err)
	}
}

// What is wrong is named with its place, all of it at one time.
func TestWrong(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no YAML":     {"findings: [", "this is not YAML"},
		"a list":      {"- id: a\n", ":1:1: the file is a mapping"},
		"another key": {"finding:\n  - id: a\n", `:1:1: there is no key "finding"`},
		"no list":     {"findings: 3\n", ":1:11: findings is a list"},
		"two files":   {"findings: []\n---\nfindings: []\n", "a second document begins here"},
		"a text":      {"findings: [a]\n", ":1:12: a finding is a mapping"},
		"all at once": {"findings:\n  - id: a b\n    titel: x\n    due: soon\n    severity: bad\n    state: done\n",
			":2:9: an id has letters\n:3:5: a finding has no key \"titel\"\n:4:10: due is a day\n:5:15: severity is one of low\n:6:12: state is open or closed\n:2:5: this finding has no title"},
		"two of an id":     {"findings:\n  - {id: a, title: x}\n  - {id: a, title: y}\n", ":3:5: a finding before this one has the id a"},
		"a key twice":      {"findings:\n  - id: a\n    title: x\n    title: y\n", ":4:5: title stands here a second time"},
		"closed, no how":   {"findings:\n  - {id: a, title: x, state: closed}\n", ":2:5: a is closed: say when"},
		"open, and closed": {"findings:\n  - {id: a, title: x, closed: 2026-01-02}\n", ":2:31: a is open: closed belongs"},
		"an alias":         {"findings:\n  - {id: a, title: &x y}\n  - {id: b, title: *x}\n", ":3:20: title is a text"},
		"an empty title":   {"findings:\n  - {id: a, title: ' '}\n", ":2:20: the title is empty"},
	} {
		dir := folder(t, c.text)
		_, err := Read(dir, now)
		var wrong *Error
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		for i, want := range strings.Split(c.want, "\n") {
			if i >= len(lines) || !strings.Contains(lines[i], want) || !strings.HasPrefix(lines[i], filepath.Join(dir, Name)) {
				t.Errorf("%s: %q lacks %q", name, err, want)
			}
		}
		if err := Change(dir, now, func(*Book) error { return nil }); err == nil || fileOf(t, dir) != c.text {
			t.Errorf("%s: a change wrote over it: %v", name, err)
		}
	}
}

// A change keeps what people wrote: comments, order, mode, and a link.
func TestChange(t *testing.T) {
	dir, elsewhere := folder(t, byHand), t.TempDir()
	real := filepath.Join(elsewhere, "mine.yaml")
	if err := errors.Join(os.Rename(filepath.Join(dir, Name), real), os.Symlink(real, filepath.Join(dir, Name))); err != nil {
		t.Fatal(err)
	}
	err := Change(dir, now, func(b *Book) error {
		id, err := b.Add(report.Finding{Title: "yes: no # not a comment\n<script>", Owner: "0123", Due: report.DayOf(now)})
		if id != "F-8" {
			t.Errorf("the next id is %s", id)
		}
		return errors.Join(err, b.Close("time-1", "the timeout is 30m"), b.Reopen("F-7", "again"))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `# Ours. Ask ann.
findings:
  # Seen twice.
  - title: 'The restore needs "more" time' # really
    id: TIME-1
    run: 20261124T125243Z-folder_loss-t2te
    due: 2026-11-23
    severity: high
    state: closed
    closed: 2026-11-24
    resolution: the timeout is 30m
  - id: F-7 # the last one
    title: It works
    state: open
    note: 'closed 2026-10-02 (30m), reopened 2026-11-24: again'
  - id: F-8
    title: |-
      yes: no # not a comment
      <script>
    owner: '0123'
    due: 2026-11-24
    state: open
    created: 2026-11-24
`
	if diff := cmp.Diff(want, fileOf(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(elsewhere, "*")); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
	var state *StateError
	if err := Change(dir, now, func(b *Book) error { return b.Close("TIME-1", "x") }); !errors.As(err, &state) {
		t.Error(err)
	}
	var none *NoFindingError
	if err := Change(dir, now, func(b *Book) error { return b.Edit("F-9", func(*report.Finding) {}) }); !errors.As(err, &none) || len(none.Known) != 3 {
		t.Error(err)
	}
	if fileOf(t, dir) != want {
		t.Error("a change that failed wrote the file")
	}
	if err := Change(filepath.Join(dir, "none"), now, func(*Book) error { return nil }); err == nil {
		t.Error("a folder that is not there")
	}
}

// Whatever text a field is given comes back.
func TestText(t *testing.T) {
	for _, text := range []string{"yes", "1.0", "2026-01-01", "null", "- a", "a: b", "#", "\"'", "\u202eabc", "a\r\nb", "\ttab", " x ", "{{.}}", "*a", "&a", "!!int 3", strings.Repeat("long ", 100), "\x1b[31m"} {
		dir := folder(t, "")
		err := Change(dir, now, func(b *Book) error {
			_, err := b.Add(report.Finding{Title: "t", Note: text})
			return err
		})
		got, bad := Read(dir, now)
		if err != nil || bad != nil || len(got) != 1 || got[0].Note != text {
			t.Errorf("%q: %v, %v, %+v", text, err, bad, got)
		}
	}
}

// Changes at one time lose nothing.
func TestAtOneTime(t *testing.T) {
	dir := folder(t, "")
	const n = 20
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			err := Change(dir, now, func(b *Book) error {
				_, err := b.Add(report.Finding{Title: fmt.Sprint(i)})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := Read(dir, now)
	if err != nil || len(got) != n || got[n-1].ID != fmt.Sprintf("F-%d", n) {
		t.Errorf("%d findings, %v", len(got), err)
	}
}
