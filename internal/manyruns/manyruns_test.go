package manyruns

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/journal/register"
)

// The runs that are made are runs: their chains hold, their events fit together, and
// the register and they agree.
func TestFolder(t *testing.T) {
	recording, err := Load("../../report/testdata/drill.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	dir, start := t.TempDir(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var runs []Recording
	for i, id := range []string{"20260102T030405Z-a", "20260103T030405Z-b"} {
		runs = append(runs, recording.Following([]byte("plan")).Again(id, start.AddDate(0, 0, i), 1.5))
	}
	if err := Folder(dir, []byte("plan"), slices.Values(runs)); err != nil {
		t.Fatal(err)
	}
	var there []register.Run
	for _, r := range runs {
		v, err := journal.Verify(filepath.Join(dir, r.ID), engine.IsClosing)
		if err != nil || !v.OK() || v.Records != int64(len(recording.Records)) {
			t.Errorf("%s: %+v, %v", r.ID, v, err)
		}
		records, err := journal.Read(filepath.Join(dir, r.ID))
		if err != nil {
			t.Fatal(err)
		}
		h, err := engine.DecodeHeader(records[0])
		if err != nil || h.RunID != r.ID || !h.Started.Equal(r.Started) {
			t.Errorf("%+v, %v", h, err)
		}
		var events []engine.Event
		for _, rec := range records[1:] {
			e, err := engine.DecodeEvent(rec)
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
		if _, err := engine.Replay(h, events); err != nil {
			t.Error(err)
		}
		p := h.Register
		there = append(there, register.Run{ID: r.ID, Place: &register.Place{Register: p.ID, Number: p.Number, Previous: p.Previous, Records: p.Records, Head: p.Head}})
	}
	gaps, err := register.Check(dir, there, true)
	if err != nil || len(gaps) > 0 {
		t.Errorf("%+v, %v", gaps, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, runs[0].ID)); err != nil {
		t.Fatal(err)
	}
	if gaps, err := register.Check(dir, there[1:], true); err != nil || len(gaps) != 1 || !gaps[0].Missing {
		t.Errorf("a run that is gone: %+v, %v", gaps, err)
	}
}
