// Package program says how a command of a plan becomes a process: its
// arguments, its environment, and where its program is found. It starts nothing.
package program

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
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

// Env is drplan's environment, over it the run's facts as DRPLAN_RUN_ID,
// DRPLAN_STEP, DRPLAN_ATTEMPT, DRPLAN_STEP_DIR and DRPLAN_PARAM_X, over those
// the step's env.
func Env(in *steps.Run) []string {
	env := map[string]string{
		"DRPLAN_RUN_ID":   in.RunID,
		"DRPLAN_STEP":     in.StepID,
		"DRPLAN_ATTEMPT":  strconv.Itoa(in.Attempt),
		"DRPLAN_STEP_DIR": in.Dir,
	}
	for name, value := range in.Params {
		env["DRPLAN_PARAM_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = value
	}
	maps.Copy(env, in.Env)
	list := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		_, over := env[name]
		return over
	})
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
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
