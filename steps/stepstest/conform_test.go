package stepstest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
)

// work is a kind whose faults a test can choose by name.
type work struct {
	For   steps.Duration `json:"for" plan:"required" doc:"How long it works."`
	Token steps.Secret   `json:"token" doc:"A secret."`
	fault string
}

func (w *work) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	switch w.fault {
	case "leaks":
		in.Log.Info("hello", "token", string(w.Token))
	case "cuts":
		in.Log.Info("hello", "token", in.Redact(fmt.Sprintf("%.9s", string(w.Token))))
	}
	wait := ctx.Done()
	if w.fault == "deaf" {
		wait = nil
	}
	select {
	case <-wait:
		if w.fault == "time-out is success" {
			return steps.Outputs{"n": 1}, nil
		}
		return nil, context.Cause(ctx)
	case <-time.After(time.Duration(w.For)):
	}
	out := map[string]steps.Outputs{
		"undeclared": {"n": 1, "m": 1}, "missing": {}, "wrong type": {"n": "1"},
	}[w.fault]
	if out == nil {
		out = steps.Outputs{"n": 1}
	}
	return out, ctx.Err()
}

func (w *work) Preflight(_ context.Context, in *steps.Run) []steps.Check {
	if w.fault == "mutates" {
		os.WriteFile(filepath.Join(in.Dir, "x"), nil, 0o600)
	}
	return []steps.Check{{Name: "ready"}}
}

func (w *work) Estimate(_ context.Context, in *steps.Run) (time.Duration, error) {
	if w.fault == "estimate mutates" {
		os.WriteFile(filepath.Join(in.Dir, "x"), nil, 0o600)
	}
	return time.Duration(w.For), nil
}

func (w *work) Preview(_ context.Context, in *steps.Run) ([]string, error) {
	if w.fault == "preview mutates" {
		os.WriteFile(filepath.Join(in.Dir, "x"), nil, 0o600)
	}
	if w.fault == "preview tells" {
		return []string{string(w.Token)}, nil
	}
	return []string{"would work"}, nil
}

func (w *work) Validate(bool) error {
	if w.fault == "vague" {
		return errors.New("something is wrong")
	}
	return nil
}

func kind(fault string) steps.Kind {
	k := steps.Kind{
		Type: "work", Summary: "works", Doc: "Works.", Example: "step: Work\nwork: {for: 1s}", Timeout: time.Minute,
		New:     func() steps.Step { return &work{fault: fault} },
		Outputs: []steps.Output{{Name: "n", Type: steps.Int, Doc: "One."}},
	}
	if fault == "undocumented" {
		k.Outputs[0].Doc = ""
	}
	return k
}

func theCase() Case {
	return Case{
		Input:   func(*testing.T) any { return map[string]any{"for": "1ms", "token": "hunter2-and-more"} },
		Slow:    func(*testing.T) any { return map[string]any{"for": "2s"} },
		Secrets: []string{"hunter2-and-more"},
		Within:  time.Second,
	}
}

func TestConform(t *testing.T) { Conform(t, kind(os.Getenv("STEPSTEST_FAULT")), theCase()) }

// TestConformFindsFaults runs this test binary once for each fault, since a
// suite that fails would fail the test that watches it.
func TestConformFindsFaults(t *testing.T) {
	faults := map[string]string{
		"leaks": "secrets_stay_secret", "cuts": "secrets_stay_secret", "deaf": "cancelled_meanwhile", "time-out is success": "a_deadline_is_an_error",
		"undeclared": "outputs_are_as_declared", "missing": "outputs_are_as_declared", "wrong type": "outputs_are_as_declared",
		"estimate mutates": "an_estimate_changes_nothing", "preview mutates": "a_preview_changes_nothing", "preview tells": "secrets_stay_secret",
		"mutates": "preflight_changes_nothing", "undocumented": "described", "vague": "decoding_is_strict",
	}
	for fault, want := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestConform$")
			cmd.Env = append(os.Environ(), "STEPSTEST_FAULT="+fault)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestConform/"+want) {
				t.Errorf("want %s to fail, got %v:\n%s", want, err, out)
			}
		})
	}
}
