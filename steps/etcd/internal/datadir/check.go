package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Check says what would keep the exchange from being made, without making
// anything: a folder that cannot be written, an owner that files cannot be given
// to. What it does not find may still fail.
func (p Place) Check() error {
	errs := []error{p.checkOwner()}
	seen := map[string]bool{}
	for _, path := range []string{p.Live, p.Root, p.Old} {
		dir, err := nearest(filepath.Dir(path))
		if err == nil && !seen[dir] {
			seen[dir] = true
			err = writable(dir)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (p Place) checkOwner() error {
	if me := os.Geteuid(); me != 0 && p.Owner.UID != me {
		return fmt.Errorf("%s is to belong to user %d, and only root may give files away: run drplan as root, or as that user", p.Live, p.Owner.UID)
	}
	return nil
}

func writable(dir string) error {
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("%s cannot be written, and folders are to be made and renamed in it: %w", dir, err)
	}
	return nil
}

// nearest is path, or the nearest folder above it that exists.
func nearest(path string) (string, error) {
	for {
		there, err := exists(path)
		if err != nil || there || path == filepath.Dir(path) {
			return path, err
		}
		path = filepath.Dir(path)
	}
}
