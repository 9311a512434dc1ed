package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// BenchmarkLintProcess is `drplan lint` of a hundred plans as teams write them, as a
// whole process. Where LINT_PEER is a command line, such as one of actionlint or
// kubeconform with local schemas, and LINT_PEER_FILES how many files it looks at, it
// is timed in turn, and the ratio of files in a second reported: above 1 drplan is
// the faster one. What the peer finds is its own affair.
func BenchmarkLintProcess(b *testing.B) {
	dir := b.TempDir()
	drplan := filepath.Join(dir, "drplan")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", drplan, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	files := manyPlans(b, filepath.Join(dir, "plans"), 102)
	peer, peerFiles := strings.Fields(os.Getenv("LINT_PEER")), 0
	if _, err := fmt.Sscan(os.Getenv("LINT_PEER_FILES"), &peerFiles); err != nil && len(peer) > 0 {
		b.Fatal("LINT_PEER_FILES says how many files LINT_PEER looks at")
	}
	const rounds = 10
	for b.Loop() {
		var own, other time.Duration
		for range rounds {
			own += spent(drplan, "lint", filepath.Join(dir, "plans"))
			if len(peer) > 0 {
				other += spent(peer[0], peer[1:]...)
			}
		}
		perSecond := float64(files*rounds) / own.Seconds()
		b.ReportMetric(perSecond, "files/s")
		if other > 0 {
			b.ReportMetric(perSecond/(float64(peerFiles*rounds)/other.Seconds()), "×peer")
		}
	}
}

// manyPlans copies lint's realistic plans until there are n.
func manyPlans(b *testing.B, dir string, n int) int {
	found, err := filepath.Glob("../../lint/testdata/realistic/*.yaml")
	if err != nil || len(found) == 0 {
		b.Fatal("no plans to lint")
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		data, err := os.ReadFile(found[i%len(found)])
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("plan-%03d.yaml", i)), data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// spent is how long a command takes that may exit with findings.
func spent(name string, args ...string) time.Duration {
	start := time.Now()
	_ = exec.Command(name, args...).Run()
	return time.Since(start)
}
