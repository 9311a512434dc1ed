package local

import (
	"context"
	"time"

	"github.com/drplan/drplan/steps"
)

// askAgain is how often a check that may pass by itself is asked again.
const askAgain = time.Second

// patiently asks until nothing is left that does not hold and may pass by itself, and
// tells what it waits for. What will not pass ends it at once. Before a run has begun
// there is no patience: whoever starts it is there, and nothing is lost yet.
func patiently(ctx context.Context, ask func() []steps.Check, tell func(string)) []steps.Check {
	for begun := time.Now(); ; {
		checks := ask()
		wait, why := passing(checks)
		if wait <= time.Since(begun) {
			return checks
		}
		if tell != nil {
			tell("waiting for " + why)
		}
		select {
		case <-ctx.Done():
			return checks
		case <-time.After(askAgain):
		}
	}
}

// passing is how long to wait for all that does not hold, and what that is; 0: some of
// it will not pass, or nothing is wrong.
func passing(checks []steps.Check) (wait time.Duration, why string) {
	for _, c := range checks {
		switch {
		case c.Err == nil || c.Defer:
		case c.Passing == 0:
			return 0, ""
		case c.Passing > wait:
			wait, why = c.Passing, c.Name+": "+c.Err.Error()
		}
	}
	return wait, why
}
