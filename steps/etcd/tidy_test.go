package etcd

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/steps"
)

func TestKindsTidyUpWhatCommandsWrote(t *testing.T) {
	for _, k := range []steps.Kind{Restore(), Replace()} {
		dir := t.TempDir()
		for _, name := range []string{"m1-stop.log", "m1-start.log"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("a secret"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		tidier, ok := k.New().(steps.Tidier)
		if !ok {
			t.Errorf("%s does not tidy up", k.Type)
			continue
		}
		if err := tidier.Tidy(&steps.Run{Dir: dir, StepID: "step", Attempt: 1}); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s left %v", k.Type, left)
		}
	}
}
