package command

import (
	"errors"
	"io/fs"
	"os"

	"github.com/drplan/drplan/steps"
)

// Tidy removes the program's raw output. It was kept for a resume; what a reader
// may see of it is in the run's output.log, without secrets.
func (c *Command) Tidy(in *steps.Run) error {
	a, found, err := lastAttempt(in.Dir, in.Attempt)
	if err != nil || !found {
		return err
	}
	var errs []error
	for _, name := range []string{"stdout", "stderr"} {
		if err := os.Remove(a.path(name)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
