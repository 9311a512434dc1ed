package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder that nobody can look into, such as one whose path is longer than the system
// takes, is told of, and the others are looked into.
func TestUnreadableFolder(t *testing.T) {
	dir := t.TempDir()
	putFile(t, filepath.Join(dir, "z", "dr-plan.yaml"), goodPlan)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	deep := strings.Repeat(strings.Repeat("d", 200)+"/", 25)
	if err := root.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, arg := range []string{dir, dir + "/**/*.yaml"} {
		files, err := planFiles([]string{arg})
		if err != nil {
			t.Fatal(err)
		}
		var plans, lost int
		for _, f := range files {
			switch {
			case f.bad != nil && f.bad.code == exitCannot:
				lost++
			case f.path == filepath.Join(dir, "z", "dr-plan.yaml"):
				plans++
			}
		}
		if plans != 1 || lost != 1 || len(files) != 2 {
			t.Errorf("%s: %d plans and %d folders that were not looked into, want one each of %v", arg, plans, lost, files)
		}
	}
}
