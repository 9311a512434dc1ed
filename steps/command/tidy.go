package command

import (
	"errors"
	"io/fs"
	"os"

	"github.com/drplan/drplan/steps"
)

// Tidy removes the program's raw output, of every start of the attempt. It was
// kept for a resume; what a reader may see of it is in the run's output.log,
// without secrets.
func (c *Command) Tidy(in *steps.Run) error {
	all, err := attempts(in.Dir, in.Attempt)
	errs := []error{err}
	for _, a := range all {
		for _, name := range []string{"stdout", "stderr"} {
			if err := os.Remove(a.path(name)); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}
