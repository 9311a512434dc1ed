package register

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drplan/drplan/journal"
)

// begin begins a run of a few records, and returns what its first one says of its place.
func begin(t testing.TB, runs, id string) Place {
	t.Helper()
	var got Place
	trouble, err := Enter(Start{Runs: runs, Run: id, By: "alice", From: "desk"}, func(p Place) error {
		got = p
		return create(runs, id, 3)
	})
	if trouble != nil || err != nil {
		t.Fatalf("%s: %v, %v", id, trouble, err)
	}
	return got
}

func create(runs, id string, records int) error {
	log, err := journal.Create(runs, id, fmt.Appendf(nil, `{"run":%q}`, id), nil)
	if err != nil {
		return err
	}
	for i := range records - 1 {
		err = errors.Join(err, log.Append(fmt.Appendf(nil, `{"n":%d}`, i)))
	}
	return errors.Join(err, log.Close())
}

// folder has three runs, and what each says of its place.
func folder(t testing.TB) (runs string, there []Run) {
	t.Helper()
	runs = t.TempDir()
	for _, id := range []string{"a", "b", "c"} {
		p := begin(t, runs, id)
		there = append(there, Run{ID: id, Place: &p})
	}
	return runs, there
}

func gapsOf(t testing.TB, runs string, there []Run) string {
	t.Helper()
	gaps, err := Check(runs, there, true)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, g := range gaps {
		lines = append(lines, fmt.Sprintf("%s %v %s", g.Run, g.Missing, g.Text))
	}
	return strings.Join(lines, "\n")
}

func TestPlaces(t *testing.T) {
	runs, there := folder(t)
	if got := gapsOf(t, runs, there); got != "" {
		t.Errorf("a whole folder: %s", got)
	}
	for i, r := range there {
		if r.Place.Number != int64(i)+1 || r.Place.Register == "" || r.Place.Register != there[0].Place.Register {
			t.Errorf("%s: %+v", r.ID, r.Place)
		}
	}
	sum, err := journal.SumAt(filepath.Join(runs, "b"), 3)
	if p := there[2].Place; err != nil || p.Previous != "b" || p.Records != 3 || p.Head != sum || sum == "" {
		t.Errorf("c: %+v, %v", p, err)
	}
	if p := there[0].Place; p.Previous != "" || p.Reason == "" {
		t.Errorf("a: %+v", p)
	}
	reg, err := Read(runs)
	if err != nil || len(reg.Entries) != 3 || reg.Entries[1].By != "alice" || reg.Entries[1].From != "desk" || reg.Entries[1].Found {
		t.Errorf("%+v, %v", reg, err)
	}
}

// TestGaps: a run that is gone shows, whatever else is done to hide it, as long as a
// later one is there.
func TestGaps(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, runs string)
		gone  []string
		want  []string // all of these, and nothing else
	}{
		"a run is gone":                {func(*testing.T, string) {}, []string{"b"}, []string{"b true start 2"}},
		"the newest is gone":           {func(*testing.T, string) {}, []string{"c"}, []string{"c true start 3"}},
		"and the register's end":       {func(t *testing.T, runs string) { cut(t, runs, 3) }, []string{"b"}, []string{"it says that it is start 3, and the register ends with 1", "b true the run is gone: c was begun after it"}},
		"and the register":             {removed, []string{"b"}, []string{"the register of runs is gone", "b true the run is gone: c was begun after it"}},
		"the register is another":      {another, nil, []string{"that one was deleted", "that one was deleted", "that one was deleted"}},
		"a line of the register":       {func(t *testing.T, runs string) { flip(t, filepath.Join(runs, Folder)) }, nil, []string{"the register of runs: "}},
		"a journal was written anew":   {func(t *testing.T, runs string) { rewrite(t, runs, "b", 4) }, nil, []string{"b false its journal is not the one that c was begun after"}},
		"with its header":              {func(t *testing.T, runs string) { rewrite(t, runs, "a", 0) }, nil, []string{"a false its journal is another", "a false its journal is not the one that b was begun after"}},
		"a journal's end was cut":      {func(t *testing.T, runs string) { cutRun(t, filepath.Join(runs, "b"), 2) }, nil, []string{"b false its journal is not the one"}},
		"all are gone":                 {func(*testing.T, string) {}, []string{"a", "b", "c"}, []string{"a true", "b true", "c true"}},
		"nothing, the journal goes on": {goesOn, nil, nil},
	} {
		runs, there := folder(t)
		for _, id := range tt.gone {
			if err := os.RemoveAll(filepath.Join(runs, id)); err != nil {
				t.Fatal(err)
			}
		}
		there = slices.DeleteFunc(there, func(r Run) bool { return slices.Contains(tt.gone, r.ID) })
		tt.spoil(t, runs)
		got := gapsOf(t, runs, there)
		if got == "" && len(tt.want) > 0 || strings.Count(got, "\n")+1 > max(1, len(tt.want)) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", name, got, want)
			}
		}
	}
}

func goesOn(t *testing.T, runs string) {
	log, _, _, err := journal.Open(filepath.Join(runs, "b"))
	if err == nil {
		err = errors.Join(log.Append([]byte(`"more"`)), log.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func removed(t *testing.T, runs string) {
	if err := os.RemoveAll(filepath.Join(runs, Folder)); err != nil {
		t.Fatal(err)
	}
}

// another register, made by whoever wanted the first one gone.
func another(t *testing.T, runs string) {
	removed(t, runs)
	r := Register{}
	log, records, _, err := journal.OpenAside(path(runs), newHead("eve", "desk", time.Now()))
	if err == nil {
		r, err = decode(records)
	}
	if err == nil {
		err = r.adopt(log, Start{Runs: runs})
	}
	if err == nil {
		err = log.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, runs string, lines int) { cutRun(t, filepath.Join(runs, Folder), lines-1) }

// cutRun leaves the first lines of a journal.
func cutRun(t *testing.T, dir string, lines int) {
	t.Helper()
	file := filepath.Join(dir, "journal.jsonl")
	data, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, []byte(strings.Join(strings.SplitAfter(string(data), "\n")[:lines], "")), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(dir, "journal.jsonl")
	data, err := os.ReadFile(file)
	if err == nil {
		data[len(data)/2] ^= 1
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// rewrite makes a run anew, with an unbroken chain: from a record on, or all of it.
func rewrite(t *testing.T, runs, id string, records int) {
	t.Helper()
	dir := filepath.Join(runs, id)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	head := fmt.Appendf(nil, `{"run":%q}`, id)
	if records == 0 {
		head = []byte(`{"run":"forged"}`)
	}
	log, err := journal.Create(runs, id, head, nil)
	for range max(records, 3) - 1 {
		err = errors.Join(err, log.Append([]byte(`"forged"`)))
	}
	if err = errors.Join(err, log.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestFound: runs of older versions, and one whose drplan died before it was
// entered, are entered by the next start.
func TestFound(t *testing.T) {
	runs := t.TempDir()
	for _, id := range []string{"old2", "old1"} {
		if err := create(runs, id, 2); err != nil {
			t.Fatal(err)
		}
	}
	p := begin(t, runs, "new")
	reg, err := Read(runs)
	if err != nil || len(reg.Entries) != 3 || reg.Entries[0].Run != "old1" || !reg.Entries[1].Found || reg.Entries[2].Found {
		t.Fatalf("%+v, %v", reg, err)
	}
	if p.Number != 3 || p.Previous != "old2" || p.Records != 2 {
		t.Errorf("%+v", p)
	}
	there := []Run{{ID: "old1"}, {ID: "old2"}, {ID: "new", Place: &p}}
	if got := gapsOf(t, runs, there); got != "" {
		t.Error(got)
	}
	fetched := Place{Register: "elsewhere", Number: 7, Previous: "there"}
	if got := gapsOf(t, runs, append(there, Run{ID: "brought", Place: &fetched, Fetched: true})); got != "" {
		t.Errorf("a run that was brought here: %s", got)
	}
}

// TestAtOneTime: starts that come at one time have an order without gaps.
func TestAtOneTime(t *testing.T) {
	const n = 20
	runs := t.TempDir()
	places := make([]Place, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			id := fmt.Sprintf("r%02d", i)
			trouble, err := Enter(Start{Runs: runs, Run: id}, func(p Place) error { places[i] = p; return create(runs, id, 1) })
			if err != nil || trouble != nil {
				t.Errorf("%s: %v, %v", id, trouble, err)
			}
		})
	}
	all.Wait()
	reg, err := Read(runs)
	if err != nil || len(reg.Entries) != n {
		t.Fatalf("%d entries, %v", len(reg.Entries), err)
	}
	before := map[string]bool{}
	numbers := map[int64]bool{}
	there := make([]Run, n)
	for i, p := range places {
		numbers[p.Number], before[p.Previous] = true, true
		there[i] = Run{ID: fmt.Sprintf("r%02d", i), Place: &p}
	}
	if len(numbers) != n || len(before) != n {
		t.Errorf("%d numbers, %d predecessors", len(numbers), len(before))
	}
	if got := gapsOf(t, runs, there); got != "" {
		t.Error(got)
	}
}

// TestRegisterStopsNothing: a run begins without one, and says why.
func TestRegisterStopsNothing(t *testing.T) {
	runs, _ := folder(t)
	flip(t, filepath.Join(runs, Folder))
	var got Place
	trouble, err := Enter(Start{Runs: runs, Run: "d"}, func(p Place) error { got = p; return create(runs, "d", 1) })
	if err != nil || trouble == nil || got.Register != "" || !strings.Contains(got.Reason, "damaged") {
		t.Errorf("%+v, %v, %v", got, trouble, err)
	}
	refused := errors.New("no")
	if _, err := Enter(Start{Runs: t.TempDir(), Run: "d"}, func(Place) error { return refused }); err != refused {
		t.Errorf("a run that could not be made: %v", err)
	}
	runs, there := folder(t)
	if _, err := Enter(Start{Runs: runs, Run: "d"}, func(Place) error { return refused }); err != refused {
		t.Error(err)
	}
	if got := gapsOf(t, runs, there); got != "" {
		t.Errorf("a run that was never made leaves a gap: %s", got)
	}
}
