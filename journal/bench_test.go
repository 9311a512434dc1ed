package journal

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

var benchRecord = []byte(`{"t":"2026-01-02T03:04:05.678901234Z","type":"step_finished","step":"restore_all_members","attempt":1,` +
	`"status":"succeeded","outputs":{"revision":123456789,"hash":"4f1d7b6e","keys":50000,"duration_seconds":12.345}}`)

// BenchmarkAppend is one batch of one record, beside the least that a durable
// append can cost on the same disk: one write and one fdatasync of as many bytes.
// The two take turns, so that both see the same load.
func BenchmarkAppend(b *testing.B) { benchAppend(b, 1) }

// BenchmarkAppendBatch is one batch of ten records: group commit.
func BenchmarkAppendBatch(b *testing.B) { benchAppend(b, 10) }

func benchAppend(b *testing.B, records int) {
	l := mustCreate(b, nil)
	raw, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	batch := make([][]byte, records)
	for i := range batch {
		batch[i] = benchRecord
	}
	line, _ := start().appendBatch(nil, batch)
	var ours, theirs time.Duration
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		t0 := time.Now()
		if err := l.Append(batch...); err != nil {
			b.Fatal(err)
		}
		t1 := time.Now()
		if _, err := raw.Write(line); err != nil {
			b.Fatal(err)
		}
		if err := syncData(raw); err != nil {
			b.Fatal(err)
		}
		ours, theirs = ours+t1.Sub(t0), theirs+time.Since(t1)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-raw-fdatasync")
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "µs/append")
	b.ReportMetric(float64(theirs.Microseconds())/float64(b.N), "µs/raw")
}

// BenchmarkRead is the fold over a journal of 10,000 records.
func BenchmarkRead(b *testing.B) {
	data, at := start().appendBatch(nil, [][]byte{[]byte(`{}`)})
	for range 10_000 {
		data, at = at.appendBatch(data, [][]byte{benchRecord})
	}
	dir := runWith(b, data)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		n := 0
		for _, err := range Records(dir) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 10_001 {
			b.Fatalf("%d records", n)
		}
	}
}
