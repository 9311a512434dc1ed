package predict

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report/history"
)

// wide is a plan of 30 steps, some of them side by side, and 40 runs of it.
func wide() Subject {
	h := engine.Header{Scenario: "wide", Mode: engine.ModeDrill}
	runs := make([]history.Run, 40)
	for i := range runs {
		runs[i].Steps = map[string]history.Step{}
	}
	for i := range 30 {
		n := engine.Node{ID: fmt.Sprintf("step_%d", i), Type: "command", Phase: engine.PhaseProcedure, Timeout: time.Hour, Verifies: i == 29}
		if i >= 3 {
			n.Needs = []string{fmt.Sprintf("step_%d", i-3)}
		}
		h.Graph.Nodes = append(h.Graph.Nodes, n)
		for j := range runs {
			takes, resolve := engine.Span(10+(i*7+j*13)%20)*time.Second, time.Millisecond
			runs[j].Steps[n.ID] = history.Step{Resolve: &resolve, Instances: map[string]history.Instance{"": {Attempts: []engine.Span{takes}}}}
		}
	}
	return Subject{Header: h, Past: &history.History{Runs: runs}}
}

// BenchmarkPredict is 10,000 samples of a plan of 30 steps.
func BenchmarkPredict(b *testing.B) {
	s := wide()
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for b.Loop() {
		p, err := Predict(s, Options{Samples: DefaultSamples, Seed: 1})
		if err != nil || !p.RTO.P99.Known {
			b.Fatal(err)
		}
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	b.ReportMetric(float64(after.Utime.Nano()-before.Utime.Nano())/1e9/float64(b.N), "cpu-s/op") // of a machine that has other work too
}
