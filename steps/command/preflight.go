package command

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/program"
)

// Preflight looks for the program and the folder. One that is named by a path
// may be made by an earlier step, and is asked for again just before the step.
func (c *Command) Preflight(_ context.Context, in *steps.Run) []steps.Check {
	name := c.argv()[0]
	path, err := program.Find(name, c.Dir, in.Environ())
	checks := []steps.Check{{Name: "program", Err: err, Message: path, Defer: err != nil && strings.Contains(name, "/")}}
	if c.Dir != "" {
		checks = append(checks, checkDir(c.Dir))
	}
	return checks
}

func checkDir(dir string) steps.Check {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", dir)
	}
	return steps.Check{Name: "dir", Err: err, Message: dir, Defer: err != nil}
}
