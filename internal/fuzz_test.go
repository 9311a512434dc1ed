package internal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var fuzzTest = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)

// TestEveryFuzzTestIsRun: make fuzz runs each one, and each has a corpus to
// begin from.
func TestEveryFuzzTestIsRun(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range fuzzTest.FindAllStringSubmatch(string(source), -1) {
			found++
			dir := filepath.Dir(path)
			if name := strings.TrimPrefix(filepath.ToSlash(dir), "../") + ":" + m[1]; !strings.Contains(string(makefile)+" ", name) {
				t.Errorf("%s is not in the Makefile's FUZZ_ALL", name)
			}
			corpus, _ := os.ReadDir(filepath.Join(dir, "testdata", "fuzz", m[1]))
			if len(corpus) == 0 && !strings.Contains(string(source), "f.Add(") {
				t.Errorf("%s in %s has no corpus", m[1], dir)
			}
		}
		return err
	})
	if err != nil || found < 7 {
		t.Errorf("found %d fuzz tests: %v", found, err)
	}
}
