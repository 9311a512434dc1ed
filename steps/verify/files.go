package verify

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/drplan/drplan/steps"
)

type filesCheck struct {
	Exist  []string `json:"exist" doc:"Files and folders that must exist."`
	Absent []string `json:"absent" doc:"Files and folders that must not."`
}

func (c *filesCheck) validate(partial bool) error {
	if len(c.Exist)+len(c.Absent) == 0 && !partial {
		return steps.Errorf("exist", "give exist or absent")
	}
	return nil
}

func (c *filesCheck) see(context.Context, *steps.Run) (string, error) {
	var errs []error
	for _, path := range c.Exist {
		if _, err := os.Lstat(path); err != nil {
			errs = append(errs, err)
		}
	}
	for _, path := range c.Absent {
		_, err := os.Lstat(path)
		switch {
		case err == nil:
			errs = append(errs, fmt.Errorf("%s exists", path))
		case !errors.Is(err, os.ErrNotExist):
			errs = append(errs, err)
		}
	}
	looked := fmt.Sprintf("%d paths looked at", len(c.Exist)+len(c.Absent))
	if len(c.Exist)+len(c.Absent) == 1 {
		looked = "1 path looked at"
	}
	return looked, errors.Join(errs...)
}
