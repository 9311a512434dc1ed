package local_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/command"
)

// onlooker is a step on a cluster that finds something out before it runs.
type onlooker struct {
	File string `json:"file" doc:"Unused."`
}

func (*onlooker) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }

func (*onlooker) Preflight(context.Context, *steps.Run) []steps.Check {
	return []steps.Check{{Name: "server", Facts: []steps.Fact{{Of: "the server", Name: "version", Value: "v1"}}}}
}

// TestFacts: what is found out stands in the journal once, whatever asks how often; a
// cluster that says nothing is asked again, and keeps nobody from anything.
func TestFacts(t *testing.T) {
	t.Parallel()
	kind := steps.Kind{
		Type: "onlooker", Summary: "Observes.", Doc: "Observes.", Example: "onlooker: {}", Traits: steps.Traits{Cluster: true}, Timeout: time.Minute,
		New: func() steps.Step { return &onlooker{} },
	}
	cfg := config(t.TempDir())
	cfg.Registry = steps.NewRegistry(append(testKinds(), command.Kind(), kind)...)
	var asked atomic.Int64
	cfg.Survey = func(_ context.Context, c *steps.Cluster) []steps.Fact {
		if asked.Add(1) == 1 {
			return nil // it does not answer yet
		}
		return []steps.Fact{{Name: "kubernetes", Value: "v1.33.4 of " + c.Name}}
	}
	on := func(id string, phase engine.Phase) engine.Node {
		n := with(node(id, "onlooker", obj{}), steps.Spec{Cluster: &steps.Cluster{Name: "c"}}, obj{})
		n.Phase = phase
		return n
	}
	_, events := run(t, cfg, header("r", on("a", engine.PhaseDisaster), on("b", engine.PhaseDisaster), on("c", engine.PhaseProcedure), on("d", engine.PhaseChecks)))
	got := map[engine.Phase][]engine.Fact{}
	for _, e := range events {
		if e.Kind == engine.PreflightDone {
			got[e.Phase] = e.Facts
		}
	}
	want := map[engine.Phase][]engine.Fact{
		engine.PhaseDisaster:  {{Of: "the server", Name: "version", Value: "v1"}},
		engine.PhaseProcedure: {{Of: "cluster c", Name: "kubernetes", Value: "v1.33.4 of c"}},
		engine.PhaseChecks:    nil,
	}
	for phase, facts := range want {
		if diff := cmp.Diff(facts, got[phase]); diff != "" {
			t.Errorf("%s: -want +got:\n%s", phase, diff)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("the cluster was asked %d times", n)
	}
	if end := last(t, events); end.Result != engine.ResultSucceeded {
		t.Errorf("the run ended %s: %s", end.Result, end.Reason)
	}
}

// TestPrinted: the end of each attempt has the digest of all that the step has printed
// until then; a step that says nothing has none.
func TestPrinted(t *testing.T) {
	t.Parallel()
	say := node("say", "command", obj{"script": "echo one more; exit 1"})
	say.Retry = engine.Retry{Attempts: 2, Backoff: 1}
	say.ContinueOnError = true
	dir, events := run(t, config(t.TempDir()), header("r", say, node("mute", "command", obj{"script": "true"}, "say")))
	var ends []*engine.Output
	for _, e := range events {
		if e.Kind == engine.AttemptEnded && e.Node == "say" {
			ends = append(ends, e.Output)
		}
		if e.Kind == engine.AttemptEnded && e.Node == "mute" && e.Output != nil {
			t.Errorf("a step that said nothing has %+v", e.Output)
		}
	}
	if len(ends) != 2 || ends[0] == nil || ends[1] == nil || ends[0].Bytes >= ends[1].Bytes {
		t.Fatalf("the attempts have %+v", ends)
	}
	for _, o := range ends {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(o.File)))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data[:o.Bytes]); hex.EncodeToString(sum[:]) != o.SHA256 {
			t.Errorf("the first %d bytes of %q are others", o.Bytes, data)
		}
	}
}
