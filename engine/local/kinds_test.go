package local_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/drplan/drplan/steps"
)

// The kinds of these tests: in-process, with effects that can be counted from
// outside drplan.

// effect appends one line to a file: doing it twice shows. It can tell after a
// crash whether it was done.
type effect struct {
	File string `json:"file" plan:"required" doc:"Where the line goes."`
	Line string `json:"line" doc:"The line."`
	Die  string `json:"die" doc:"SIGKILL this process: before or after the effect, the first time."`
	Fail int    `json:"fail" doc:"How many attempts fail before one succeeds."`
	Hang bool   `json:"hang" doc:"Block until the context ends."`
}

func (e *effect) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	e.die(in, "before")
	if e.Hang {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	if in.Attempt <= e.Fail {
		return nil, fmt.Errorf("attempt %d fails as it was told", in.Attempt)
	}
	if err := appendLine(e.File, e.line(in)); err != nil {
		return nil, err
	}
	e.die(in, "after")
	return steps.Outputs{"line": e.line(in)}, nil
}

func (e *effect) line(in *steps.Run) string {
	if e.Line != "" {
		return e.Line
	}
	return in.StepID
}

// die kills the process at a point, once per run and step.
func (e *effect) die(in *steps.Run, point string) {
	if e.Die != point {
		return
	}
	f, err := os.OpenFile(filepath.Join(in.Dir, "died"), os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return
	}
	f.Close()
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func (e *effect) Reconcile(_ context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	data, err := os.ReadFile(e.File)
	if errors.Is(err, os.ErrNotExist) {
		return steps.NeverBegun, nil, nil
	}
	for line := range strings.Lines(string(data)) {
		if strings.TrimSpace(line) == e.line(in) {
			return steps.Done, steps.Outputs{"line": e.line(in)}, nil
		}
	}
	return steps.NeverBegun, nil, err
}

// blind is effect without a memory: nobody can tell what became of it.
type blind struct {
	File string `json:"file" plan:"required" doc:"Where the line goes."`
	Die  string `json:"die" doc:"As effect has it."`
}

func (b *blind) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	return (&effect{File: b.File, Die: b.Die}).Run(ctx, in)
}

func appendLine(file, line string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

// refusing has a preflight that says no.
type refusing struct {
	Hard bool `json:"hard" doc:"Does not yield to an override."`
}

func (r *refusing) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }
func (r *refusing) Preflight(context.Context, *steps.Run) []steps.Check {
	return []steps.Check{{Name: "mood", Err: errors.New("not today"), Hard: r.Hard}}
}

// beating leaves a heartbeat running until its phase ends.
type beating struct {
	File string `json:"file" plan:"required" doc:"Where the beats go."`
}

func (b *beating) Run(context.Context, *steps.Run) (steps.Outputs, error) {
	return steps.Outputs{}, nil
}
func (b *beating) Background(ctx context.Context, _ *steps.Run, _ steps.Outputs) error {
	if err := appendLine(b.File, "beat"); err != nil {
		return err
	}
	<-ctx.Done()
	return appendLine(b.File, "stopped")
}

type pause struct {
	For steps.Duration `json:"for" plan:"required" doc:"How long."`
}

func (p *pause) Run(context.Context, *steps.Run) (steps.Outputs, error) { panic("a wait is never run") }
func (p *pause) Wait() (time.Duration, string)                          { return time.Duration(p.For), "wait" }

// nothing does nothing: what remains is what drplan itself costs.
type nothing struct{}

func (*nothing) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }

type leaky struct {
	Token steps.Secret `json:"token" doc:"A secret."`
}

func (l *leaky) Run(_ context.Context, in *steps.Run) (steps.Outputs, error) {
	in.Log.Info("the token is " + string(l.Token))
	fmt.Fprintln(in.Output, string(l.Token))
	for line := range strings.Lines(string(l.Token)) {
		fmt.Fprintln(in.Output, "one line of it: "+line)
	}
	if in.Env["FAIL"] != "" {
		return nil, errors.New("refused: " + string(l.Token))
	}
	return steps.Outputs{"said": "token " + string(l.Token)}, nil
}

func testKinds() []steps.Kind {
	line := []steps.Output{{Name: "line", Type: steps.String, Doc: "what was written"}}
	return []steps.Kind{
		{Type: "effect", Summary: "a line in a file", New: func() steps.Step { return &effect{} }, Outputs: line, Timeout: time.Minute, Traits: steps.Traits{Mutates: true}},
		{Type: "proof", Summary: "a line in a file, as a verification", New: func() steps.Step { return &effect{} }, Outputs: line, Timeout: time.Minute, Traits: steps.Traits{Verifies: true, Mutates: true}},
		{Type: "blind", Summary: "a line in a file, forgotten", New: func() steps.Step { return &blind{} }, Outputs: line, Timeout: time.Minute, Traits: steps.Traits{Mutates: true}},
		{Type: "bringing", Summary: "a line in a file that others need", New: func() steps.Step { return &effect{} }, Outputs: line, Timeout: time.Minute, Traits: steps.Traits{Mutates: true, Brings: steps.Anything}},
		{Type: "wary", Summary: "wants a file to be there", New: func() steps.Step { return &wary{} }, Timeout: time.Minute},
		{Type: "moody", Summary: "says no for some time", New: func() steps.Step { return &moody{} }, Timeout: time.Minute},
		{Type: "refusing", Summary: "says no", New: func() steps.Step { return &refusing{} }, Timeout: time.Minute},
		{Type: "beating", Summary: "a heartbeat", New: func() steps.Step { return &beating{} }, Timeout: time.Minute, Traits: steps.Traits{Mutates: true}},
		{Type: "timer", Summary: "a timer", New: func() steps.Step { return &pause{} }, Timeout: time.Hour, Traits: steps.Traits{Wait: "timer"}},
		{Type: "approval", Summary: "an approval", New: func() steps.Step { return &pause{} }, Timeout: time.Hour, Traits: steps.Traits{Wait: "approval"}},
		{Type: "guarded", Summary: "is asked early", New: func() steps.Step { return &guarded{} }, Timeout: time.Minute},
		{Type: "held", Summary: "goes on until its context ends", New: func() steps.Step { return &held{} }, Timeout: time.Minute, Traits: steps.Traits{Mutates: true}},
		{Type: "nothing", Summary: "does nothing", New: func() steps.Step { return &nothing{} }, Timeout: time.Minute},
		{Type: "leaky", Summary: "tells its secret", New: func() steps.Step { return &leaky{} }, Outputs: []steps.Output{{Name: "said", Type: steps.String, Doc: "all of it"}}, Timeout: time.Minute, Traits: steps.Traits{Mutates: true}},
	}
}

// held goes on until its context ends, and leaves the context behind under the
// run's id.
type held struct{}

var heldContexts sync.Map

func (h *held) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	heldContexts.Store(in.RunID, ctx)
	if in.Progress != nil {
		in.Progress("held")
	}
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// guarded is asked early for what it knows early.
type guarded struct {
	Known string `json:"known" doc:"Known when the phase begins."`
	Later string `json:"later" doc:"Given by an earlier step."`
}

func (g *guarded) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }
func (g *guarded) Preflight(context.Context, *steps.Run) []steps.Check {
	if g.Later == "" {
		return []steps.Check{{Name: "later", Err: errors.New("it is empty")}}
	}
	return nil
}

func (g *guarded) PreflightEarly(context.Context, *steps.Run) []steps.Check {
	if g.Known != "good" || g.Later != "" {
		return []steps.Check{{Name: "access", Err: fmt.Errorf("known %q, later %q", g.Known, g.Later)}}
	}
	return []steps.Check{{Name: "access", Message: "good"}}
}

// wary looks for a file, early and before it runs.
type wary struct {
	Wants string `json:"wants" plan:"required" doc:"The file."`
	Lacks string `json:"lacks" doc:"What it takes to bring it: api_server or file; else nobody does."`
	Twice bool   `json:"twice" doc:"Has two things to say."`
}

func (w *wary) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }

func (w *wary) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	_, err := os.Stat(w.Wants)
	if err != nil {
		err = errors.New("it is missing")
	}
	lacks := map[string]steps.Things{"api_server": steps.APIServer, "file": steps.File}[w.Lacks]
	check := steps.Check{Name: "wanted", Err: err, Defer: err != nil && lacks != 0, Lacks: lacks}
	if w.Twice {
		return []steps.Check{check, check}
	}
	return []steps.Check{check}
}

func (w *wary) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return w.Preflight(ctx, in)
}
