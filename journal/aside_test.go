package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestOpenAside: a log beside the runs is begun once, goes on, and is no run.
func TestOpenAside(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	dir := filepath.Join(runs, ".aside")
	l, records, _, err := OpenAside(dir, []byte(`"first"`))
	if err != nil || len(records) != 1 {
		t.Fatalf("%q, %v", records, err)
	}
	if _, _, _, err := OpenAside(dir, []byte(`"second"`)); !errors.Is(err, ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := errors.Join(l.Append([]byte(`"more"`)), l.Close()); err != nil {
		t.Fatal(err)
	}
	l, records, _, err = OpenAside(dir, []byte(`"second"`))
	if err != nil || len(records) != 2 || string(records[0]) != `"first"` {
		t.Fatalf("%q, %v", records, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if ids, err := List(runs); err != nil || len(ids) != 0 {
		t.Errorf("listed as runs: %v, %v", ids, err)
	}
	if _, _, _, err := OpenAside(filepath.Join(runs, "aside"), []byte(`"x"`)); !errors.Is(err, ErrRunID) {
		t.Errorf("a name that a run could have: %v", err)
	}
}

// TestSums: SumAt and VerifyBytes tell the same of every committed record.
func TestSums(t *testing.T) {
	data, ends := sampleBytes()
	dir := t.TempDir()
	setJournal(t, dir, data[:ends[len(ends)-1]-1]) // the last batch is torn
	var lines []Line
	v, err := VerifyBytes(bytes.NewReader(data), int64(len(data)), "copy", func([]byte) bool { return true }, func(l Line) { lines = append(lines, l) })
	if err != nil || !v.OK() || int64(len(lines)) != v.Records || lines[len(lines)-1].Sum != v.Sum || lines[len(lines)-1].End != int64(len(data)) {
		t.Fatalf("%+v, %d lines, %v", v, len(lines), err)
	}
	torn, err := Verify(dir, func([]byte) bool { return true })
	if err != nil || torn.Records >= v.Records {
		t.Fatalf("%+v, %v", torn, err)
	}
	for _, l := range lines {
		want := l.Sum
		if l.Record > torn.Records {
			want = "" // was never promised to anybody
		}
		if sum, err := SumAt(dir, l.Record); err != nil || sum != want {
			t.Errorf("record %d: %q, %v; want %q", l.Record, sum, err, want)
		}
	}
	if _, err := SumAt(filepath.Join(dir, "none"), 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no run: %v", err)
	}
}
