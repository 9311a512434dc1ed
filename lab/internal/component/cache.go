package component

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// CacheDir is where binaries are kept: $DRPLAN_LAB_CACHE, else
// $XDG_CACHE_HOME/drplan-lab, else ~/.cache/drplan-lab.
func CacheDir() (string, error) {
	if dir := os.Getenv("DRPLAN_LAB_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for built components, set DRPLAN_LAB_CACHE: %w", err)
	}
	return filepath.Join(base, "drplan-lab"), nil
}

// SourceDir finds the folder that holds the components' sources:
// $DRPLAN_LAB_SOURCE, else lab/components or components in the working
// directory or the nearest folder above it, else where this file was compiled.
func SourceDir() (string, error) {
	if dir := os.Getenv("DRPLAN_LAB_SOURCE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		for _, sub := range []string{"lab/components", "components"} {
			if isSource(filepath.Join(dir, sub)) {
				return filepath.Join(dir, sub), nil
			}
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if dir, ok := compiledFrom(); ok {
		return dir, nil
	}
	return "", fmt.Errorf("no lab/components here or above: run lab inside the clone, or set DRPLAN_LAB_SOURCE")
}

// compiledFrom serves a lab binary that is called from anywhere, as long as it
// was built without -trimpath and the clone is still there.
func compiledFrom() (string, bool) {
	_, file, _, ok := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(file), "..", "..", "components")
	return dir, ok && filepath.IsAbs(file) && isSource(dir)
}

func isSource(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "etcd", "go.mod"))
	return err == nil
}
