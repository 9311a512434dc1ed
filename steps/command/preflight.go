package command

import (
	"context"
	"fmt"
	"os"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/program"
)

// Preflight looks for the program and the folder. One that is named by a path
// may be made by an earlier step, and is then asked for again just before the step.
func (c *Command) Preflight(_ context.Context, in *steps.Run) []steps.Check {
	checks := program.Check(c.argv(), c.Dir, in.Environ())
	if c.Dir != "" {
		checks = append(checks, checkDir(c.Dir))
	}
	return checks
}

// PreflightEarly looks for the same: a cleanup that cannot run must show before
// there is anything to clean up.
func (c *Command) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return c.Preflight(ctx, in)
}

func checkDir(dir string) steps.Check {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", dir)
	}
	return steps.Check{Name: "dir", Err: err, Message: dir, Defer: err != nil, Lacks: steps.File}
}
