package engine

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecordedJournalsReplay: a journal written by any build of this format
// means the same for ever. Files are added, never changed: -update only writes
// the state beside a new one.
func TestRecordedJournalsReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/journals/*.jsonl")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d journals: %v", len(files), err)
	}
	for _, file := range files {
		m := replayFile(t, file)
		got, err := json.MarshalIndent(m.State(), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		beside := strings.TrimSuffix(file, "l")
		want, err := os.ReadFile(beside)
		if os.IsNotExist(err) && *update {
			want = append(got, '\n')
			err = os.WriteFile(beside, want, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(bytes.TrimSpace(want)), string(got)); diff != "" {
			t.Errorf("%s (-as recorded +now):\n%s", file, diff)
		}
	}
}

func replayFile(t *testing.T, file string) *Machine {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	records := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	h, err := DecodeHeader(records[0])
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	events := make([]Event, len(records)-1)
	for i, rec := range records[1:] {
		if events[i], err = DecodeEvent(rec); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if again, err := EncodeEvent(events[i]); err != nil || string(again) != string(rec) {
			t.Errorf("%s: event %d is written differently now: %v\n%s\n%s", file, i+1, err, rec, again)
		}
	}
	m, err := Replay(h, events)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return m
}
