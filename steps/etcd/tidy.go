package etcd

import (
	"errors"
	"io/fs"
	"os"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/internal/backup"
)

// Tidy removes what was kept for another attempt to send the same.
func (s *snapshotStep) Tidy(in *steps.Run) error {
	var errs []error
	for _, file := range []string{snapshotIn(in.Dir), snapshotIn(in.Dir) + backup.SidecarSuffix} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Tidy removes what the members' commands wrote.
func (s *restoreStep) Tidy(in *steps.Run) error { return process.Tidy(in.Dir) }

// Tidy removes what the member's commands wrote.
func (s *replaceStep) Tidy(in *steps.Run) error { return process.Tidy(in.Dir) }
