// Package program says how a command of a plan becomes a process: its
// arguments, and where its program is found. It starts nothing.
package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drplan/drplan/steps"
)

// pipefail turns on what POSIX has had since 2024 and not every sh yet.
const pipefail = "if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi; "

// Argv is what to execute: a script runs under sh -e, where a failing part of a
// pipe fails the whole in shells that can; a list is executed as it is.
func Argv(c steps.Command) []string {
	if c.Argv != nil {
		return c.Argv
	}
	return []string{"sh", "-e", "-c", pipefail + c.Script}
}

// Find looks for a program as the process will: a name on the PATH of env, a
// path relative to dir.
func Find(name, dir string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return name, executable(name)
	}
	for _, folder := range filepath.SplitList(lookup(env, "PATH")) {
		path := filepath.Join(folder, name)
		if filepath.IsAbs(path) && executable(path) == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("program %q is not on the PATH: install it, or write its path: %w", name, exec.ErrNotFound)
}

func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("program %s does not exist: %w", path, err)
	case err != nil:
		return err
	case info.IsDir() || info.Mode()&0o111 == 0:
		return fmt.Errorf("%s is not an executable file: %w", path, fs.ErrPermission)
	}
	return nil
}

func lookup(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}
