package local_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
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

// What expressions say before a run is what they can say without one: parameters are
// there, what steps give is not.
func TestResolveEarly(t *testing.T) {
	each := node("each", "effect", obj{})
	each.ForEach = true
	each = with(each, steps.Spec{ForEach: []byte(`["${params.known}","b"]`)}, obj{})
	later := node("later", "effect", obj{})
	later.ForEach = true
	later = with(later, steps.Spec{ForEach: []byte(`"${steps.each.lines}"`), When: `${steps.each.line == "x"}`, Refs: []string{"each"}}, obj{})
	timer := node("timer", "timer", obj{"for": "90s"})
	timer.Wait = engine.WaitTimer
	off := with(node("off", "effect", obj{}), steps.Spec{When: `${params.known == "bad"}`}, obj{})
	h := header("r", each, later, timer, off)
	h.Params = []byte(`{"known":"a"}`)
	seen, err := local.ResolveEarly(config(t.TempDir()), h)
	if err != nil {
		t.Fatal(err)
	}
	yes, no, wait := true, false, 90*time.Second
	want := map[string]local.Early{
		"each": {When: &yes, Items: []string{"a", "b"}}, "later": {}, "timer": {When: &yes, WaitFor: &wait}, "off": {When: &no},
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
