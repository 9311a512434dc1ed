package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever a step is called, its folder can be made, and no other step has it.
func TestStepFolders(t *testing.T) {
	long := strings.Repeat("the_files_are_there_", 20)
	seen := map[string]string{}
	for _, step := range []string{"restore", "restore[m1]", "restore[../../etc]", "restore[" + long + "]", long, long + "2", long + "[" + long + "]", "restore[漢字]"} {
		name := safeName(step)
		if other := seen[name]; other != "" {
			t.Errorf("%q and %q have the folder %s", step, other, name)
		}
		seen[name] = step
		if filepath.Base(name) != name {
			t.Errorf("%q leaves its place: %s", step, name)
		}
		if err := os.Mkdir(filepath.Join(t.TempDir(), name), 0o700); err != nil {
			t.Error(err)
		}
	}
}
