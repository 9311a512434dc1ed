package main

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkValidateProcess is `drplan validate` of the seed's plan as a whole
// process: what a pull request waits for. Where kubectl is on the PATH its
// `version --client` is timed in turn, and the ratio reported.
func BenchmarkValidateProcess(b *testing.B) {
	drplan := filepath.Join(b.TempDir(), "drplan")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", drplan, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	kubectl, _ := exec.LookPath("kubectl")
	const rounds = 20
	for b.Loop() {
		var own, peer time.Duration
		for range rounds {
			own += timed(b, drplan, "validate", "../../examples/seed/original.yaml")
			if kubectl != "" {
				peer += timed(b, kubectl, "version", "--client")
			}
		}
		b.ReportMetric(float64(own.Microseconds())/rounds/1000, "ms/process")
		if peer > 0 {
			b.ReportMetric(float64(own)/float64(peer), "×kubectl")
		}
	}
}

func timed(b *testing.B, name string, args ...string) time.Duration {
	start := time.Now()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return time.Since(start)
}
