package local_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
	"github.com/google/go-cmp/cmp"
)

// drill is a run with every phase, a retry, a group, a for_each, a timer, and
// commands under the wrapper. Each of its steps leaves one line in a file.
func drill(id, file string) engine.Header {
	line := func(id string, needs ...string) engine.Node { return node(id, "effect", obj{"file": file}, needs...) }
	shell := func(id string, needs ...string) engine.Node {
		return node(id, "command", obj{"script": "echo " + id + " >> " + file}, needs...)
	}
	flaky := node("flaky", "effect", obj{"file": file, "fail": 1}, "left", "right")
	flaky.Retry = engine.Retry{Attempts: 3, Backoff: 5 * time.Millisecond}
	each := engine.Node{ID: "each", Type: "effect", ForEach: true, MaxParallel: 2, Needs: []string{"flaky"}}
	each = with(each, steps.Spec{ForEach: []byte(`["a","b","c"]`)}, obj{"file": file, "line": "each-${item}"})
	wait := node("wait", "timer", obj{"for": "20ms"}, "each")
	wait.Wait = engine.WaitTimer
	proof := node("proof", "proof", obj{"file": file, "line": "proof-${steps.flaky.line}"})
	proof = with(proof, steps.Spec{Refs: []string{"flaky"}}, obj{"file": file, "line": "proof-${steps.flaky.line}"})
	proof.Verifies = true
	return header(id,
		in(engine.PhaseSetup, line("prepare")),
		in(engine.PhaseSetup, shell("fill", "prepare")),
		in(engine.PhaseDisaster, shell("destroy")),
		line("left"), shell("right"), flaky, each, wait,
		in(engine.PhaseChecks, proof),
		in(engine.PhaseCleanup, line("tidy")),
		in(engine.PhaseCleanup, shell("sweep")),
	)
}

var drillLines = []string{
	"destroy", "each-a", "each-b", "each-c", "fill", "flaky", "left", "prepare", "proof-flaky", "right", "sweep", "tidy",
}

// TestCrashAfterEveryRecord kills drplan after each record of the journal and
// resumes: the same end, nothing twice, the cleanup done.
func TestCrashAfterEveryRecord(t *testing.T) {
	t.Parallel()
	whole := job{Runs: t.TempDir()}
	whole.Header = drill("whole", filepath.Join(whole.Runs, "effects"))
	spawn(t, whole)
	want := history(t, runDir(whole))
	if got := last(t, want); got.Kind != engine.RunEnded || got.Result != engine.ResultSucceeded {
		t.Fatalf("undisturbed, the run ended with %s %s %s", got.Kind, got.Result, got.Reason)
	}
	for seq := int64(1); seq < int64(len(want)); seq++ {
		t.Run(fmt.Sprintf("%02d-%s", seq, want[seq-1].Kind), func(t *testing.T) {
			t.Parallel()
			crashAndResume(t, func(j *job) { j.KillAt = seq }, outcomes(want))
		})
	}
}

// TestCrashInsideEveryStep kills drplan before and after each step's effect,
// where no record can tell the two apart.
func TestCrashInsideEveryStep(t *testing.T) {
	t.Parallel()
	whole := drill("whole", "unused")
	for i, n := range whole.Graph.Nodes {
		if n.Type != "effect" && n.Type != "proof" {
			continue
		}
		for _, point := range []string{"before", "after"} {
			t.Run(n.ID+"-"+point, func(t *testing.T) {
				t.Parallel()
				crashAndResume(t, func(j *job) {
					n := &j.Header.Graph.Nodes[i]
					*n = edit(*n, "die", point)
				}, nil)
			})
		}
	}
}

func crashAndResume(t *testing.T, arrange func(*job), want map[string]engine.Outcome) {
	j := job{Runs: t.TempDir()}
	file := filepath.Join(j.Runs, "effects")
	j.Header = drill("run", file)
	arrange(&j)
	crashes := 0
	resumed := false
	for spawn(t, j) {
		crashes++
		j.Resume, j.KillAt = runDir(j), 0
		if last(t, history(t, runDir(j))).Kind == engine.RunEnded {
			break // it was killed after its last batch
		}
		resumed = true
		if crashes > 3 { // for_each has three instances, each dies once
			t.Fatal("the run does not get past its crash")
		}
	}
	if crashes == 0 {
		t.Fatal("the run was never killed")
	}
	events := history(t, runDir(j))
	if end := last(t, events); end.Kind != engine.RunEnded || end.Result != engine.ResultSucceeded {
		t.Errorf("resumed, the run ended with %s %s %s", end.Kind, end.Result, end.Reason)
	}
	got := lines(t, file)
	slices.Sort(got)
	if diff := cmp.Diff(drillLines, got); diff != "" {
		t.Errorf("effects, each once (-want +got):\n%s", diff)
	}
	if want != nil {
		if diff := cmp.Diff(want, outcomes(events)); diff != "" {
			t.Errorf("outcomes (-undisturbed +resumed):\n%s", diff)
		}
	}
	if got := slices.ContainsFunc(events, func(ev engine.Event) bool { return ev.Kind == engine.Resumed }); got != resumed {
		t.Errorf("a resume on record: %v, in fact: %v", got, resumed)
	}
}
