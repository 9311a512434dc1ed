package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/lab/internal/filelock"
)

// lockFolder makes the lab's folder and keeps other commands off it. A folder
// that holds something else is refused.
func lockFolder(ctx context.Context, dir string) (*filelock.File, error) {
	for {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		if err := refuseStranger(dir); err != nil {
			return nil, err
		}
		lock, err := filelock.Lock(ctx, filepath.Join(dir, lockName))
		if !errors.Is(err, os.ErrNotExist) {
			return lock, err
		}
		// A Down has just removed the folder: make it again.
	}
}

func refuseStranger(dir string) error {
	if isLab(dir) {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s holds something else than a lab: give an empty or new folder as --dir", dir)
	}
	return nil
}

func isLab(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, lockName))
	return err == nil
}
