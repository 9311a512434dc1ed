package local_test

import (
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// TestEarlyPreflight: what is known of a step at the start is checked at the
// start, though the rest of its inputs is still to come.
func TestEarlyPreflight(t *testing.T) {
	t.Parallel()
	for known, want := range map[string]engine.Result{"good": engine.ResultSucceeded, "bad": engine.ResultRefused} {
		t.Run(known, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "effects")
			second := node("second", "guarded", obj{}, "first")
			second = with(second, steps.Spec{Refs: []string{"first"}}, obj{"known": "${params.known}", "later": "${steps.first.line}"})
			h := header("r", node("first", "effect", obj{"file": file}), second)
			h.Params = []byte(`{"known":"` + known + `"}`)
			_, events := run(t, config(t.TempDir()), h)
			if got := last(t, events).Result; got != want {
				t.Errorf("the run ended %s, want %s", got, want)
			}
			if began := len(lines(t, file)) > 0; began != (known == "good") {
				t.Errorf("the first step ran: %v", began)
			}
		})
	}
}
