package local_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/steps"
	"github.com/google/go-cmp/cmp"
)

// inDoubt kills a run inside a step of which nobody can tell, and resumes it
// once. The effect had been done.
func inDoubt(t *testing.T, spec func(file string) steps.Spec) (j job, file string) {
	t.Helper()
	j = job{Runs: t.TempDir()}
	file = filepath.Join(j.Runs, "effects")
	n := with(node("dark", "blind", nil), spec(file), obj{"file": file, "die": "after"})
	j.Header = header("r", n, node("after", "effect", obj{"file": file}, "dark"))
	if !spawn(t, j) {
		t.Fatal("the run was not killed")
	}
	j.Resume = runDir(j)
	spawn(t, j)
	return j, file
}

func TestReconcileChain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spec func(file string) steps.Spec
		want []string // the effects
		end  engine.EventKind
	}{
		"nobody can tell":       {func(string) steps.Spec { return steps.Spec{} }, []string{"dark"}, engine.RunStopped},
		"the check finds it":    {checking("grep -q dark FILE"), []string{"dark", "after"}, engine.RunEnded},
		"the check misses it":   {checking("grep -q absent FILE"), []string{"dark", "dark", "after"}, engine.RunEnded},
		"the check cannot tell": {checking("exit 7"), []string{"dark"}, engine.RunStopped},
		"idempotent":            {func(string) steps.Spec { return steps.Spec{Idempotent: true} }, []string{"dark", "dark", "after"}, engine.RunEnded},
		"in_doubt rerun":        {func(string) steps.Spec { return steps.Spec{InDoubt: "rerun"} }, []string{"dark", "dark", "after"}, engine.RunEnded},
		"in_doubt fail":         {func(string) steps.Spec { return steps.Spec{InDoubt: "fail"} }, []string{"dark"}, engine.RunEnded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, file := inDoubt(t, c.spec)
			if diff := cmp.Diff(c.want, lines(t, file)); diff != "" {
				t.Errorf("effects: %s", diff)
			}
			if got := last(t, history(t, runDir(j))).Kind; got != c.end {
				t.Errorf("the journal ends with %s, want %s", got, c.end)
			}
		})
	}
}

func checking(script string) func(string) steps.Spec {
	return func(file string) steps.Spec {
		return steps.Spec{Check: []byte(`"` + strings.ReplaceAll(script, "FILE", file) + `"`)}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[engine.Verdict][]string{
		engine.VerdictDone:   {"dark", "after"},
		engine.VerdictRerun:  {"dark", "dark", "after"},
		engine.VerdictFailed: {"dark"},
	} {
		t.Run(string(verdict), func(t *testing.T) {
			t.Parallel()
			j, file := inDoubt(t, func(string) steps.Spec { return steps.Spec{} })
			msg := local.Message{Kind: local.Settle, Step: "dark", Verdict: verdict, By: "ada", Reason: "looked"}
			if err := local.Send(runDir(j), msg); err != nil {
				t.Fatal(err)
			}
			spawn(t, j)
			if diff := cmp.Diff(want, lines(t, file)); diff != "" {
				t.Errorf("effects: %s", diff)
			}
			events := history(t, runDir(j))
			if got := last(t, events).Kind; got != engine.RunEnded {
				t.Errorf("the journal ends with %s", got)
			}
			settled := slices.IndexFunc(events, func(ev engine.Event) bool { return ev.Kind == engine.Settled })
			if settled < 0 || events[settled].By != "ada" || events[settled].Reason != "looked" {
				t.Error("who settled it, and why, is not on record")
			}
		})
	}
}
