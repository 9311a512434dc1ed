package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/steps"
	"github.com/google/go-cmp/cmp"
)

func TestOutputsReachExpressions(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "effects")
	second := node("second", "effect", obj{"file": file, "line": "after-${steps.first.line}"}, "first")
	second = with(second, steps.Spec{Refs: []string{"first"}, When: "${steps.first.line == 'first'}"}, obj{"file": file, "line": "after-${steps.first.line}"})
	skipped := with(node("skipped", "effect", nil, "second"), steps.Spec{When: "${run.mode != 'drill'}"}, obj{"file": file})
	_, events := run(t, config(t.TempDir()), header("r", node("first", "effect", obj{"file": file}), second, skipped))
	if diff := cmp.Diff([]string{"first", "after-first"}, lines(t, file)); diff != "" {
		t.Error(diff)
	}
	want := map[string]engine.Outcome{"first": engine.Succeeded, "second": engine.Succeeded, "skipped": engine.Skipped}
	if diff := cmp.Diff(want, outcomes(events)); diff != "" {
		t.Error(diff)
	}
}

func TestAttemptsEndAtTheirDeadline(t *testing.T) {
	t.Parallel()
	n := node("stuck", "effect", obj{"file": "unused", "hang": true})
	n.Timeout = 30 * time.Millisecond
	_, events := run(t, config(t.TempDir()), header("r", n))
	if got := outcomes(events)["stuck"]; got != engine.TimedOut {
		t.Errorf("the step ended %s, want timed_out", got)
	}
	if i := slices.IndexFunc(events, func(ev engine.Event) bool { return ev.Kind == engine.AttemptEnded }); i < 0 || events[i].Error != "its time was up" {
		t.Errorf("the attempt's end does not say in plain words that its time was up: %+v", events)
	}
	if end := last(t, events); end.Result != engine.ResultFailed {
		t.Errorf("the run ended %s, want failed", end.Result)
	}
}

func TestRefusedPreflightStartsNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "effects")
	for name, c := range map[string]struct {
		hard bool
		over map[string]string
		want engine.Result
	}{
		"refused":                {want: engine.ResultRefused},
		"overridden":             {over: map[string]string{"mood": "it rains"}, want: engine.ResultSucceeded},
		"hard does not yield":    {hard: true, over: map[string]string{"mood": "it rains"}, want: engine.ResultRefused},
		"override of one step":   {over: map[string]string{"picky.mood": "it rains"}, want: engine.ResultSucceeded},
		"override of a stranger": {over: map[string]string{"other.mood": "it rains"}, want: engine.ResultRefused},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t.TempDir())
			cfg.Overrides = c.over
			_, events := run(t, cfg, header("r", node("picky", "refusing", obj{"hard": c.hard}), node("work", "effect", obj{"file": file})))
			if got := last(t, events).Result; got != c.want {
				t.Errorf("the run ended %s, want %s", got, c.want)
			}
			started := slices.ContainsFunc(events, func(ev engine.Event) bool { return ev.Kind == engine.AttemptStarted })
			if started == (c.want == engine.ResultRefused) {
				t.Errorf("something started: %v", started)
			}
		})
	}
}

func TestHeartbeatEndsBeforeTheNextPhase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "effects")
	run(t, config(t.TempDir()), header("r",
		in(engine.PhaseSetup, node("heart", "beating", obj{"file": file})),
		in(engine.PhaseSetup, node("wait", "effect", obj{"file": file}, "heart")),
		in(engine.PhaseDisaster, node("strike", "effect", obj{"file": file})),
	))
	got := lines(t, file)
	if len(got) != 4 || got[3] != "strike" || got[2] != "stopped" {
		t.Errorf("the effects came as %q; the heartbeat must have stopped before the disaster strikes", got)
	}
}

func TestSecretsStayOutOfTheRunsFolder(t *testing.T) {
	t.Parallel()
	const secret = "hunter2\"quoted\nhunter2 second line"
	cfg := config(t.TempDir())
	cfg.Secrets = func(string) (string, error) { return secret, nil }
	good := node("good", "leaky", obj{"token": "${secret.token}"})
	bad := with(node("bad", "leaky", nil), steps.Spec{Env: map[string]string{"FAIL": "${secret.token}"}}, obj{"token": "${secret.token}"})
	shell := with(node("shell", "command", nil), steps.Spec{Env: map[string]string{"PW": "${secret.token}"}}, obj{"script": `echo "$PW"; echo "$PW" >&2`})
	dir, events := run(t, cfg, header("r", good, bad, shell))
	want := map[string]engine.Outcome{"good": engine.Succeeded, "bad": engine.Failed, "shell": engine.Succeeded}
	if diff := cmp.Diff(want, outcomes(events)); diff != "" {
		t.Fatal(diff)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), "hunter2") {
			t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("looked at %d files: %v", files, err)
	}
}

func TestPeopleAnswerThroughTheInbox(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		say  local.MessageKind
		want engine.Outcome
	}{
		"approved": {local.Approve, engine.Succeeded},
		"rejected": {local.Reject, engine.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t.TempDir())
			n := node("ok", "approval", obj{"for": "1h"})
			n.Wait = engine.WaitApproval
			h := header("r", n)
			cfg.Observer = &watcher{on: func(ev engine.Event) {
				if ev.Kind != engine.WaitStarted {
					return
				}
				for _, m := range []local.Message{{Kind: c.say, Step: "nobody", By: "eve"}, {Kind: c.say, Step: "ok", By: "ada", Reason: "seen"}} {
					if err := local.Send(filepath.Join(cfg.Runs, h.RunID), m); err != nil {
						t.Error(err)
					}
				}
			}}
			dir, events := run(t, cfg, h)
			if got := outcomes(events)["ok"]; got != c.want {
				t.Errorf("the step ended %s, want %s", got, c.want)
			}
			noted := slices.ContainsFunc(events, func(ev engine.Event) bool { return ev.Kind == engine.Noted && strings.Contains(ev.Reason, "eve") })
			if !noted {
				t.Error("the message about an unknown step left no trace")
			}
			left, err := os.ReadDir(filepath.Join(dir, "inbox"))
			if err != nil || len(left) > 0 {
				t.Errorf("the inbox holds %d messages: %v", len(left), err)
			}
		})
	}
}

func TestInterrupts(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "effects")
	plan := func() engine.Header {
		return header("r",
			in(engine.PhaseSetup, node("prepare", "effect", obj{"file": file})),
			node("stuck", "effect", obj{"file": file, "hang": true}),
			node("never", "effect", obj{"file": file}, "stuck"),
			in(engine.PhaseCleanup, node("tidy", "effect", obj{"file": file})),
		)
	}
	t.Run("the first stops in good order", func(t *testing.T) {
		_, events := run(t, interrupting(t, 1), plan())
		want := map[string]engine.Outcome{"prepare": engine.Succeeded, "stuck": engine.Cancelled, "never": engine.Cancelled, "tidy": engine.Succeeded}
		if diff := cmp.Diff(want, outcomes(events)); diff != "" {
			t.Error(diff)
		}
		if got := last(t, events).Result; got != engine.ResultCancelled {
			t.Errorf("the run ended %s", got)
		}
	})
	t.Run("the second leaves at once, resumable", func(t *testing.T) {
		cfg := interrupting(t, 2)
		_, events := run(t, cfg, plan())
		if got := last(t, events).Kind; got != engine.RunStopped {
			t.Errorf("the journal ends with %s, want run_stopped", got)
		}
	})
}

// TestLeavingCancelsNothing: the second Ctrl-C leaves what runs as it is. A
// command that were told to stop would be half done, and a resume could only
// find that it failed.
func TestLeavingCancelsNothing(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	interrupts := make(chan string, 2)
	cfg.Interrupts = interrupts
	cfg.Observer = &observer{progress: func(string, string) {
		interrupts <- "ada"
		interrupts <- "ada"
	}}
	_, events := run(t, cfg, header("leaving", node("work", "nothing", obj{}), in(engine.PhaseCleanup, node("tidy", "held", obj{}))))
	if got := last(t, events).Kind; got != engine.RunStopped {
		t.Errorf("the journal ends with %s, want run_stopped", got)
	}
	ctx, ran := heldContexts.Load("leaving")
	if !ran {
		t.Fatal("the cleanup did not run")
	}
	if err := ctx.(context.Context).Err(); err != nil {
		t.Errorf("what ran was told to stop: %v", err)
	}
}

// observer calls what is asked for when a step says how far it is.
type observer struct{ progress func(step, message string) }

func (o *observer) Event(engine.Event)            {}
func (o *observer) Progress(step, message string) { o.progress(step, message) }

// interrupting interrupts a run n times once the step "stuck" runs.
func interrupting(t *testing.T, n int) local.Config {
	// Not t.TempDir: a driver that leaves at once leaves an attempt behind, which
	// may still be making its folder while the test's are removed.
	runs, err := os.MkdirTemp("", "drplan-interrupts-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(runs) })
	cfg := config(runs)
	interrupts := make(chan string, n)
	cfg.Interrupts = interrupts
	cfg.Observer = &watcher{on: func(ev engine.Event) {
		if ev.Kind == engine.AttemptStarted && ev.Node == "stuck" {
			for range n {
				interrupts <- "ada"
			}
		}
	}}
	return cfg
}

func TestTwoDriversOnOneRun(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	h := header("r", node("work", "effect", obj{"file": filepath.Join(cfg.Runs, "effects")}))
	var second error
	cfg.Observer = &watcher{on: func(ev engine.Event) {
		if ev.Kind == engine.AttemptStarted {
			second = local.Resume(context.WithoutCancel(t.Context()), config(cfg.Runs), filepath.Join(cfg.Runs, "r"), local.Reopening{})
		}
	}}
	run(t, cfg, h)
	var locked *journal.LockedError
	if !errors.As(second, &locked) {
		t.Errorf("the second driver got %v, want a LockedError", second)
	}
}

func TestResumeOfARunThatEndedWell(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	dir, _ := run(t, cfg, header("r", node("work", "effect", obj{"file": filepath.Join(cfg.Runs, "effects")})))
	if err := local.Resume(t.Context(), cfg, dir, local.Reopening{}); !errors.Is(err, local.ErrEnded) {
		t.Errorf("got %v, want ErrEnded", err)
	}
}

// TestFailedRunGoesOn resumes a failed recovery: what succeeded stays, the rest runs.
func TestFailedRunGoesOn(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	file := filepath.Join(cfg.Runs, "effects")
	h := header("r",
		node("first", "effect", obj{"file": file}),
		node("second", "effect", obj{"file": filepath.Join(cfg.Runs, "absent", "effects")}, "first"),
		node("third", "effect", obj{"file": file}, "second"))
	h.Mode = engine.ModeRecovery
	dir, events := run(t, cfg, h)
	if got := last(t, events).Result; got != engine.ResultFailed {
		t.Fatalf("the run ended %s", got)
	}
	if err := os.Mkdir(filepath.Join(cfg.Runs, "absent"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := local.Resume(t.Context(), cfg, dir, local.Reopening{Reason: "the folder is there now"}); err != nil {
		t.Fatal(err)
	}
	if got := last(t, history(t, dir)).Result; got != engine.ResultSucceeded {
		t.Errorf("resumed, the run ended %s", got)
	}
	if diff := cmp.Diff([]string{"first", "third"}, lines(t, file)); diff != "" {
		t.Errorf("effects: %s", diff)
	}
}

// backwards is a machine whose wall clock was set back by an hour while drplan was down.
type backwards struct{ real time.Time }

func (b backwards) Now() (time.Time, time.Duration) {
	return time.Now().Add(-time.Hour).UTC(), time.Since(b.real)
}

func TestClockSetBack(t *testing.T) {
	t.Parallel()
	j := job{Runs: t.TempDir(), KillAt: 5}
	j.Header = drill("r", filepath.Join(j.Runs, "effects"))
	if !spawn(t, j) {
		t.Fatal("the run was not killed")
	}
	cfg := config(j.Runs)
	cfg.Clock = backwards{time.Now()}
	if err := local.Resume(t.Context(), cfg, runDir(j), local.Reopening{}); err != nil {
		t.Fatal(err)
	}
	events := history(t, runDir(j))
	if got := last(t, events).Result; got != engine.ResultSucceeded {
		t.Errorf("the run ended %s", got)
	}
	for i, ev := range events {
		if i > 0 && ev.T < events[i-1].T {
			t.Errorf("the run's clock went back at event %d", ev.Seq)
		}
		if ev.Kind == engine.Resumed && (ev.Gap != 0 || !strings.Contains(ev.Reason, "gone back")) {
			t.Errorf("the resume says gap %s, reason %q", ev.Gap, ev.Reason)
		}
	}
}

func TestParametersReachExpressions(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "effects")
	h := header("r", node("work", "effect", obj{"file": file, "line": "${params.word}-${params.port + 1}"}))
	h.Params = []byte(`{"word":"hello","port":23790}`)
	run(t, config(t.TempDir()), h)
	if diff := cmp.Diff([]string{"hello-23791"}, lines(t, file)); diff != "" {
		t.Error(diff)
	}
}

// TestStartedIsNow: the header may be old by the time that a person has
// confirmed the run, and the RTO counts from when it really began.
func TestStartedIsNow(t *testing.T) {
	t.Parallel()
	h := header("r", node("a", "effect", obj{"file": filepath.Join(t.TempDir(), "effects")}))
	h.Started = h.Started.Add(-time.Hour)
	before := time.Now()
	dir, events := run(t, config(t.TempDir()), h)
	records, err := journal.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := engine.DecodeHeader(records[0])
	if err != nil {
		t.Fatal(err)
	}
	if got.Started.Before(before.Add(-time.Second)) {
		t.Errorf("the journal says that the run began %s before it did", before.Sub(got.Started))
	}
	if first := events[0]; first.Wall.Sub(got.Started) < first.T-time.Millisecond || first.Wall.Sub(got.Started) > first.T+time.Second {
		t.Errorf("the first event is at %s of the run and at %s after its start", first.T, first.Wall.Sub(got.Started))
	}
}
