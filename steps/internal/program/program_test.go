package program

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/steps"
	"github.com/google/go-cmp/cmp"
)

func TestArgv(t *testing.T) {
	if diff := cmp.Diff([]string{"ls", "-l"}, Argv(steps.Command{Argv: []string{"ls", "-l"}})); diff != "" {
		t.Error(diff)
	}
	got := Argv(steps.Command{Script: "ls | wc"})
	if diff := cmp.Diff([]string{"sh", "-e", "-c", pipefail + "ls | wc"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestPipefail holds for a shell that has it, and for one that lacks it.
func TestPipefail(t *testing.T) {
	for _, shell := range []string{"sh", "bash"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		has := exec.Command(path, "-c", "(set -o pipefail)").Run() == nil
		argv := Argv(steps.Command{Script: "false | cat"})
		if failed := exec.Command(path, argv[1:]...).Run() != nil; failed != has {
			t.Errorf("%s has pipefail: %t; a failing part fails the pipe: %t", shell, has, failed)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	tool, note := filepath.Join(dir, "tool"), filepath.Join(dir, "note")
	for path, mode := range map[string]os.FileMode{tool: 0o700, note: 0o600} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"PATH=/no/such", "PATH=/no/such:" + dir}
	for _, tt := range []struct {
		name, dir, want string
		err             error
	}{
		{name: "tool", want: tool},
		{name: tool, want: tool},
		{name: "./tool", dir: dir, want: tool},
		{name: "note", err: exec.ErrNotFound},
		{name: note, err: os.ErrPermission},
		{name: dir + "/none", err: os.ErrNotExist},
	} {
		got, err := Find(tt.name, tt.dir, env)
		if !errors.Is(err, tt.err) || err == nil && got != tt.want {
			t.Errorf("%s: got %s, %v", tt.name, got, err)
		}
	}
}
