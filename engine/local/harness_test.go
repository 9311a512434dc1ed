package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/command"
)

// job is what a child process is told to do: drive a run, and perhaps die.
type job struct {
	Runs   string
	Header engine.Header
	Resume string // the run's folder; "" begins a new run
	KillAt int64  // SIGKILL once this event is on disk; 0: never
}

const jobVariable = "DRPLAN_TEST_JOB"

func TestMain(m *testing.M) {
	command.WrapperMain()
	if raw := os.Getenv(jobVariable); raw != "" {
		os.Exit(child(raw))
	}
	os.Exit(m.Run())
}

func child(raw string) int {
	var j job
	if err := json.Unmarshal([]byte(raw), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	cfg := config(j.Runs)
	cfg.Observer = killer{j.KillAt}
	var err error
	if j.Resume == "" {
		_, err = local.Run(context.Background(), cfg, j.Header, nil)
	} else {
		err = local.Resume(context.Background(), cfg, j.Resume, local.Reopening{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	return 0
}

type killer struct{ at int64 }

func (k killer) Progress(string, string) {}
func (k killer) Event(ev engine.Event) {
	if k.at > 0 && ev.Seq == k.at {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// spawn does a job in a process of its own and says whether it was killed.
func spawn(t *testing.T, j job) (killed bool) {
	t.Helper()
	raw, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), jobVariable+"="+string(raw))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		t.Fatalf("the child failed: %v\n%s", err, out)
	}
	return false
}

func config(runs string) local.Config {
	reg := steps.NewRegistry(append(testKinds(), command.Kind())...)
	return local.Config{Registry: reg, Runs: runs, By: "tester"}
}

// header makes a run of the nodes, each with the defaults a compiler would give.
func header(id string, nodes ...engine.Node) engine.Header {
	for i := range nodes {
		if nodes[i].Timeout == 0 {
			nodes[i].Timeout = time.Minute
		}
		if nodes[i].Phase == "" {
			nodes[i].Phase = engine.PhaseProcedure
		}
		if nodes[i].Name == "" {
			nodes[i].Name = nodes[i].ID
		}
	}
	return engine.Header{
		Format: engine.Format, Tool: "test", RunID: id, Started: time.Now().UTC(), Scenario: "s", Mode: engine.ModeDrill,
		Graph: engine.Graph{Nodes: nodes},
	}
}

// node makes a node of a type with an input.
func node(id, typ string, input any, needs ...string) engine.Node {
	return with(engine.Node{ID: id, Type: typ, Needs: needs}, steps.Spec{Type: typ}, input)
}

func with(n engine.Node, spec steps.Spec, input any) engine.Node {
	raw, err := json.Marshal(input)
	if err != nil {
		panic(err)
	}
	spec.Type, spec.Input = n.Type, raw
	if n.Spec, err = json.Marshal(spec); err != nil {
		panic(err)
	}
	return n
}

func in(phase engine.Phase, n engine.Node) engine.Node {
	n.Phase = phase
	return n
}

type obj = map[string]any

// history reads a run's events back from its journal.
func history(t *testing.T, dir string) []engine.Event {
	t.Helper()
	records, err := journal.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var events []engine.Event
	for _, rec := range records[1:] {
		ev, err := engine.DecodeEvent(rec)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, ev)
	}
	return events
}

// outcomes are the steps' outcomes as recorded, instances as step[key].
func outcomes(events []engine.Event) map[string]engine.Outcome {
	out := map[string]engine.Outcome{}
	for _, ev := range events {
		if ev.Kind == engine.StepEnded {
			out[local.JoinStep(ev.Node, ev.Key)] = ev.Outcome
		}
	}
	return out
}

func last(t *testing.T, events []engine.Event) engine.Event {
	t.Helper()
	if len(events) == 0 {
		t.Fatal("the run has no events")
	}
	return events[len(events)-1]
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Fields(string(data))
}

// run drives a run in this process to its end.
func run(t *testing.T, cfg local.Config, h engine.Header) (dir string, events []engine.Event) {
	t.Helper()
	dir, err := local.Run(t.Context(), cfg, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, history(t, dir)
}

// watcher calls what is asked for when an event is on disk.
type watcher struct {
	mu sync.Mutex
	on func(engine.Event)
}

func (w *watcher) Progress(string, string) {}
func (w *watcher) Event(ev engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on(ev)
}

func runDir(j job) string { return filepath.Join(j.Runs, j.Header.RunID) }

// edit sets one field of a node's input.
func edit(n engine.Node, field string, value any) engine.Node {
	var spec steps.Spec
	if err := json.Unmarshal(n.Spec, &spec); err != nil {
		panic(err)
	}
	input := obj{}
	if err := json.Unmarshal(spec.Input, &input); err != nil {
		panic(err)
	}
	input[field] = value
	return with(n, spec, input)
}
