package period_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/manyruns"
	"github.com/drplan/drplan/report"
	. "github.com/drplan/drplan/report/period" //nolint:revive // see period_test.go
)

// Of a run no more stays than a few lines: its events, which are twenty times as
// much, do not.
func TestMemory(t *testing.T) {
	rec, err := manyruns.Load("../testdata/drill.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	const runs, most = 1000, 8 << 10 // bytes a run
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	before := live()
	folded := Fold(func(yield func(Journal) bool) {
		for i := range runs {
			at := start.Add(time.Duration(i) * time.Hour)
			read := func() (Read, error) {
				file, _ := rec.Again(fmt.Sprintf("%s-%d", at.Format("20060102T150405Z"), i), at, 1).Journal()
				run, err := report.ReadFrom(bytes.NewReader(file), int64(len(file)), "journal")
				return Read{Run: run}, err
			}
			if !yield(Journal{ID: fmt.Sprint(i), Read: read}) {
				return
			}
		}
	}, Span{})
	grown := (live() - before) / runs
	if len(folded.Places()) != runs {
		t.Fatalf("%d runs", len(folded.Places()))
	}
	if grown > most || grown < 100 {
		t.Errorf("%d bytes are kept of each run, want at most %d, and some", grown, most)
	}
}

// live is what the heap holds when everything that is garbage is gone.
func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
