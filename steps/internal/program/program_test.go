package program

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

func TestEnv(t *testing.T) {
	t.Setenv("PROGRAM_TEST", "outside")
	t.Setenv("DRPLAN_STEP", "outside")
	env := Env(&steps.Run{
		RunID: "r1", StepID: "restore[eu]", Attempt: 2, Dir: "/runs/r1",
		Params: map[string]string{"name_space": "prod"}, Env: map[string]string{"PROGRAM_TEST": "inside"},
	})
	for _, want := range []string{
		"DRPLAN_RUN_ID=r1", "DRPLAN_STEP=restore[eu]", "DRPLAN_ATTEMPT=2", "DRPLAN_STEP_DIR=/runs/r1",
		"DRPLAN_PARAM_NAME_SPACE=prod", "PROGRAM_TEST=inside", "PATH=" + os.Getenv("PATH"),
	} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, gone := range []string{"PROGRAM_TEST=outside", "DRPLAN_STEP=outside"} {
		if slices.Contains(env, gone) {
			t.Errorf("%s is still there", gone)
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
