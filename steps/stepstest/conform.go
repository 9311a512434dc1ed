package stepstest

import (
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
)

// Case is what the suite must know of a kind. Functions are called anew for
// each part of the suite, with its own t, so that each can have a fresh world.
type Case struct {
	// Input returns a valid input, something that marshals to JSON, with which
	// Run succeeds. Not needed for kinds that only wait.
	Input func(t *testing.T) any

	// Slow returns an input with which Run works until it is cancelled. Nil
	// for a kind that cannot take longer than a moment: then Input is used.
	Slow func(t *testing.T) any

	// Fingerprint returns what Preflight, Estimate and Preview must not change, such as a listing of
	// the world. The run's folder is watched anyway.
	Fingerprint func() string

	// Secrets are texts that Input or Env hold and that must appear nowhere, nor
	// a piece of one. Run.Redact takes out whole ones.
	Secrets []string

	Env    map[string]string
	Params map[string]string

	// Set changes a run that the engine would hand to the step: its cluster, or
	// its id where one that was used before would be found again.
	Set func(*steps.Run)

	// Within is how soon Run returns after its context is done; 5 s by default.
	Within time.Duration
}

// Conform runs the suite.
func Conform(t *testing.T, k steps.Kind, c Case) {
	if c.Within == 0 {
		c.Within = 5 * time.Second
	}
	if c.Slow == nil {
		c.Slow = c.Input
	}
	Describe(t, k)
	if k.Wait != "" {
		return
	}
	t.Run("decoding is strict", func(t *testing.T) { strict(t, k, c) })
	t.Run("outputs are as declared", func(t *testing.T) { outputs(t, k, c) })
	t.Run("preflight changes nothing", func(t *testing.T) { preflight(t, k, c) })
	t.Run("an estimate changes nothing", func(t *testing.T) { estimate(t, k, c) })
	t.Run("a preview changes nothing", func(t *testing.T) { preview(t, k, c) })
	t.Run("cancelled before", func(t *testing.T) { cancelled(t, k, c, 0) })
	t.Run("cancelled meanwhile", func(t *testing.T) { cancelled(t, k, c, 150*time.Millisecond) })
	t.Run("a deadline is an error", func(t *testing.T) { deadline(t, k, c) })
	t.Run("secrets stay secret", func(t *testing.T) { secrets(t, k, c) })
}

// Decode decodes an input that must be valid.
func Decode(t testing.TB, k steps.Kind, input any) steps.Step {
	t.Helper()
	step, err := k.Decode(JSON(t, input))
	if err != nil {
		t.Fatalf("decode %s: %v", JSON(t, input), err)
	}
	return step
}

// Describe runs the part of the suite that needs no world: a kind's texts,
// fields and example.
func Describe(t *testing.T, k steps.Kind) {
	t.Run("described", func(t *testing.T) { described(t, k) })
	t.Run("example decodes", func(t *testing.T) { exampleDecodes(t, k) })
	t.Run("by hand", func(t *testing.T) { byHand(t, k) })
	if k.Wait != "" {
		t.Run("waits", func(t *testing.T) { waits(t, k) })
	}
}
