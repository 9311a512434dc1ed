package main

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/report/store"
)

// TestRunsOfOneSecond: their ids do not tell which is newer, their journals do.
func TestRunsOfOneSecond(t *testing.T) {
	runs, start := t.TempDir(), time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	var want []string
	for i, name := range []string{"zebra", "ant", "mole"} {
		h := engine.Header{Format: engine.Format, RunID: newRunID(name, start), Started: start.Add(time.Duration(i) * time.Millisecond)}
		head, err := engine.EncodeHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		log, err := journal.Create(runs, h.RunID, head, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		want = append(want, h.RunID)
	}
	slices.Reverse(want)
	got, err := runsIn(store.Folder(runs))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if id, err := pickRun(runs, got, "latest"); err != nil || id != want[0] {
		t.Errorf("latest is %s, %v", id, err)
	}
}

func TestOutage(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	for text, want := range map[string]string{
		"2026-03-01T09:30:00Z": "2026-03-01T09:30:00Z",
		"2026-03-01 09:30":     "2026-03-01T08:30:00Z",
		"09:30":                "2026-03-01T08:30:00Z",
		"13:00":                "",
		"soon":                 "",
	} {
		at, err := outage(text, now)
		if got := at.Format(time.RFC3339); want != "" && (err != nil || got != want) || want == "" && err == nil {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}
