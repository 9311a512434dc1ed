package lab_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/lab/internal/component"
)

// TestReadme runs the README's commands as they stand, for a user with an empty
// home. With them it brings up the default lab, all its keys included.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```sh\n")
	block, _, found := strings.Cut(rest, "```")
	if !found || !strings.Contains(block, "lab up") {
		t.Fatalf("no commands in the README: %q", block)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := component.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	dir := filepath.Join(home, ".local", "state", "drplan-lab", "etcd")
	t.Cleanup(func() { exec.Command(command, "down", "--dir", dir).Run() })
	sh := exec.Command("/bin/sh", "-exc", block)
	sh.Dir = root
	sh.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME=", "DRPLAN_LAB_CACHE="+cache,
		"GOBIN="+filepath.Join(home, "bin"), "PATH="+filepath.Join(home, "bin")+":"+os.Getenv("PATH"))
	for _, variable := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		sh.Env = append(sh.Env, variable+"="+strings.TrimSpace(mustRun(t, "go", "env", variable)))
	}
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "filled etcd with 50000 keys") || strings.Count(string(out), "https://127.0.0.1") < 3 {
		t.Errorf("the commands said\n%s", out)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the lab is still there (%v)", err)
	}
}
