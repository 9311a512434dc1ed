package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/engine"
)

// enter goes to the folder from which the steps' relative paths are counted:
// the one that was asked for, else the one in which the run was begun. A cleanup
// that ran in another folder would clean up there.
func enter(h engine.Header, asked string) error {
	dir := asked
	if dir == "" {
		dir = h.Dir
	}
	if dir == "" {
		return nil // begun by a version that did not record it
	}
	err := os.Chdir(dir)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist) && asked == "":
		return cannot(fmt.Errorf("the run was begun in %s, which is not there: its relative paths would mean other files", dir), "make it again, or say where its files are now: --dir DIR")
	}
	return cannot(err, "")
}

func absoluteIfGiven(dir string) string {
	if dir == "" {
		return ""
	}
	return absolute(dir)
}

// absolute makes a folder that a person named mean the same from everywhere.
func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir // the working directory is gone: what comes next says so
}
