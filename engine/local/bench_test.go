package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"golang.org/x/sys/unix"
)

// BenchmarkChain runs 1,000 steps one after another, every event on disk, and
// reports the time over that of as many bare fdatasyncs on the same disk.
func BenchmarkChain(b *testing.B) {
	const length = 1000
	for b.Loop() {
		dir := b.TempDir()
		bare := bareSyncs(b, dir, length)
		nodes := make([]engine.Node, length)
		for i := range nodes {
			nodes[i] = node(fmt.Sprintf("s%d", i), "nothing", obj{})
			if i > 0 {
				nodes[i].Needs = []string{nodes[i-1].ID}
			}
		}
		start := time.Now()
		if _, err := local.Run(b.Context(), config(dir), header("chain", nodes...), nil); err != nil {
			b.Fatal(err)
		}
		whole := time.Since(start)
		b.ReportMetric(float64(whole)/float64(bare), "×fdatasync")
		b.ReportMetric(float64(whole.Microseconds())/length, "µs/step")
	}
}

// bareSyncs appends as much as a step's events take and syncs it, n times.
func bareSyncs(b *testing.B, dir string, n int) time.Duration {
	f, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	line := make([]byte, 1500)
	start := time.Now()
	for range n {
		if _, err := f.Write(line); err != nil {
			b.Fatal(err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}
