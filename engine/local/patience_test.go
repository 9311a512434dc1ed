package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// moody says no until it was asked for the second time, and keeps count in a file.
type moody struct {
	File  string         `json:"file" plan:"required" doc:"Where it keeps count."`
	For   steps.Duration `json:"for" doc:"How long it may take to pass."`
	Late  bool           `json:"late" doc:"It can tell only just before it runs."`
	Never string         `json:"never" doc:"What else is wrong, and will not pass."`
}

func (m *moody) Run(context.Context, *steps.Run) (steps.Outputs, error) {
	return nil, appendLine(m.File, "ran")
}

func (m *moody) Preflight(_ context.Context, in *steps.Run) []steps.Check {
	if m.Late && in.Attempt == 0 { // a phase's preflight
		return []steps.Check{{Name: "mood", Defer: true, Err: errors.New("who knows")}}
	}
	_, err := os.Stat(m.File)
	check := steps.Check{Name: "mood", Passing: time.Duration(m.For)}
	if err != nil {
		check.Err = errors.New("not now")
	}
	if err := appendLine(m.File, "asked"); err != nil {
		check.Err = err
	}
	if m.Never != "" {
		return []steps.Check{check, {Name: "never", Err: errors.New(m.Never)}}
	}
	return []steps.Check{check}
}

// TestWhatPassesByItself: a run that has begun waits for it, and no other does.
func TestWhatPassesByItself(t *testing.T) {
	t.Parallel()
	asked := func(n int, and ...string) []string { return append(slices.Repeat([]string{"asked"}, n), and...) }
	for name, c := range map[string]struct {
		phase  engine.Phase
		input  obj
		want   engine.Result
		traces []string
	}{
		"before the run has begun": {engine.PhaseSetup, obj{"for": "1m"}, engine.ResultRefused, asked(1)},
		"when it has":              {engine.PhaseChecks, obj{"for": "1m"}, engine.ResultSucceeded, asked(2, "ran")},
		"what does not pass":       {engine.PhaseChecks, obj{}, engine.ResultFailed, asked(1)},
		"and with what will not":   {engine.PhaseChecks, obj{"for": "1m", "never": "never"}, engine.ResultFailed, asked(1)},
		"just before the step":     {engine.PhaseSetup, obj{"for": "1m", "late": true}, engine.ResultSucceeded, asked(2, "ran")},
		"there what does not pass": {engine.PhaseSetup, obj{"late": true}, engine.ResultFailed, asked(1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c.input["file"] = filepath.Join(dir, "count")
			first := node("first", "effect", obj{"file": filepath.Join(dir, "first"), "line": "x"})
			n := node("moody", "moody", c.input)
			first.Phase, n.Phase = engine.PhaseSetup, c.phase
			_, events := run(t, config(dir), header("r", first, n))
			if got := last(t, events).Result; got != c.want {
				t.Errorf("the run ended %s, want %s", got, c.want)
			}
			if got := lines(t, filepath.Join(dir, "count")); !slices.Equal(got, c.traces) {
				t.Errorf("%q, want %q", got, c.traces)
			}
		})
	}
}
