package mirror

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/journal"
)

// counting counts the requests to a store.
type counting struct {
	Store
	reads, lists int
}

func (c *counting) Read(ctx context.Context, name string) ([]byte, string, error) {
	c.reads++
	return c.Store.Read(ctx, name)
}

func (c *counting) List(ctx context.Context, prefix string) ([]string, error) {
	c.lists++
	return c.Store.List(ctx, prefix)
}

func ended(t *testing.T, store Store, log *journal.Log, batches int) {
	t.Helper()
	s := Start(config(store, log, "a"))
	grow(t, log, s, batches)
	if !s.Close(10 * time.Second) {
		t.Fatal("not everything was copied")
	}
}

// TestReadJournal: a run that was let go of takes two requests; one that goes on
// again is read from its segments, for the one object lacks what is new.
func TestReadJournal(t *testing.T) {
	store, log := newMemory(), begun(t)
	ended(t, store, log, 5)
	read := func() (string, *counting) {
		t.Helper()
		c := &counting{Store: store}
		lines, _, err := ReadJournal(t.Context(), c, runID)
		if err != nil {
			t.Fatal(err)
		}
		return string(lines), c
	}
	got, c := read()
	if want := file(t, log.Dir()); got != want || c.reads != 2 || c.lists != 0 {
		t.Errorf("%d reads and %d lists gave\n%s\nwant\n%s", c.reads, c.lists, got, want)
	}
	s := Start(config(store, log, "b"))
	grow(t, log, s, 5)
	for end := time.Now().Add(10 * time.Second); store.joined() != file(t, log.Dir()); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the copy never caught up")
		}
	}
	if got, _ := read(); got != file(t, log.Dir()) {
		t.Errorf("of a run that goes on came\n%s", got)
	}
	s.Close(10 * time.Second)
	if got, c := read(); got != file(t, log.Dir()) || c.lists != 0 {
		t.Errorf("after its second end, with %d lists, came\n%s", c.lists, got)
	}
	if _, _, err := ReadJournal(t.Context(), store, "another"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no run came %v", err)
	}
}

// TestReadAll: who verifies sees that the one object is not what the segments are.
func TestReadAll(t *testing.T) {
	store, log := newMemory(), begun(t)
	ended(t, store, log, 5)
	c, err := ReadAll(t.Context(), store, runID)
	if err != nil || string(c.Journal) != file(t, log.Dir()) || string(c.Files["plan.yaml"]) != "plan" || c.Differs != "" {
		t.Fatalf("%+v, %v", c, err)
	}
	store.set(func() {
		store.objects[wholeName(runID, 11)] = []byte(strings.Replace(string(c.Journal), `"n":3`, `"n":4`, 1))
	})
	if c, err = ReadAll(t.Context(), store, runID); err != nil || c.Differs != "whole/00000011.jsonl" {
		t.Errorf("differs %q, %v", c.Differs, err)
	}
}

// TestGone: nothing that lies about stands for a journal.
func TestGone(t *testing.T) {
	store := newMemory()
	put := func(name string) { store.objects[name] = []byte("x") }
	put(startName("a"))
	put(path.Join("a", "journal", "00000001-00000001.jsonl"))
	put(startName("b"))
	put(path.Join("b", "lock.json"))
	put(path.Join("b", "files", "plan.yaml"))
	put(startName("c"))
	put(startName("d"))
	got, err := Gone(t.Context(), store, map[string]bool{"d": true})
	if err != nil || !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("gone are %v, %v", got, err)
	}
}
