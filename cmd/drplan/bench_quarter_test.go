package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/manyruns"
	"github.com/drplan/drplan/internal/startup"
)

// BenchmarkQuarterProcess is `drplan report --quarter` of ten thousand runs, a tenth of
// them in the quarter, as a whole process: how long it takes, and how much memory it
// has at its most. The target is 5 s and 300 MiB.
func BenchmarkQuarterProcess(b *testing.B) {
	startup.Done() // a process is given the size of the one that started it: ours must not grow
	dir := b.TempDir()
	drplan := filepath.Join(dir, "drplan")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", drplan, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	const runs = 10_000
	manyRuns(b, filepath.Join(dir, "runs"), runs, 365*24*time.Hour)
	for _, format := range []string{"terminal", "html", "json"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				cmd := exec.Command(drplan, "report", "--quarter", "2026Q4", "--runs", filepath.Join(dir, "runs"), "-o", format, "-f", filepath.Join(dir, "out"))
				start := time.Now()
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
				b.ReportMetric(time.Since(start).Seconds(), "s")
				b.ReportMetric(float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024, "MiB")
			}
		})
	}
}

// manyRuns writes runs over a time that ends with the year 2026: drills of every kind,
// most of them good.
func manyRuns(tb testing.TB, dir string, n int, over time.Duration) {
	tb.Helper()
	plan := []byte(quarterPlan)
	kinds := []string{"drill", "drill", "drill", "drill", "drill", "recovery", "resumed", "failed", "simulated", "degraded"}
	recorded := map[string]manyruns.Recording{}
	for _, kind := range kinds {
		r, err := manyruns.Load("../../report/testdata/" + kind + ".jsonl")
		if err != nil {
			tb.Fatal(err)
		}
		recorded[kind] = r.Following(plan)
	}
	begin := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).Add(-over)
	err := manyruns.Folder(dir, plan, func(yield func(manyruns.Recording) bool) {
		for i := range n {
			kind, at := kinds[i%len(kinds)], begin.Add(over/time.Duration(n)*time.Duration(i)).Truncate(time.Second)
			id := fmt.Sprintf("%s-%s-%05d", at.Format("20060102T150405Z"), kind, i)
			if !yield(recorded[kind].Again(id, at, 1+float64(i%7)/20)) {
				return
			}
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// quarterPlan has the drills of the recorded runs, and some that nobody does.
const quarterPlan = `disaster_recovery_plan:
  version: "1.0"
  rpo_rto:
    production: {rpo: 15 minutes, rto: 1 hour, strategy: backup_and_restore}
    staging: {rpo: 1 hour, rto: 4 hours, strategy: backup_and_restore}
  recovery_procedures:
    etcd_failure:
      objective: production
      steps: [{step: Look, command: ["true"]}]
    complete_cluster_loss:
      objective: production
      steps: [{step: Look, command: ["true"]}]
    namespace_deletion:
      objective: staging
      steps: [{step: Look, command: ["true"]}]
  testing:
    frequency: quarterly
    next_test: "2026-12-01"
    test_scenarios:
      - {name: etcd failure, id: etcd_failure, procedure: etcd_failure}
      - {name: Complete cluster loss, id: loss, procedure: complete_cluster_loss}
      - {name: Namespace lost, id: ns, procedure: namespace_deletion}
      - PersistentVolume corruption
`
