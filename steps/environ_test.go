package steps_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
)

// TestEnviron asks a process what it got: of a name given twice the last counts.
func TestEnviron(t *testing.T) {
	t.Setenv("ENVIRON_TEST", "outside")
	t.Setenv("DRPLAN_STEP", "outside")
	run := steps.Run{
		RunID: "r1", StepID: "restore[eu]", Attempt: 2, Dir: "/runs/r1",
		Params: map[string]string{"name-space": "prod"},
		Env:    map[string]string{"ENVIRON_TEST": "inside", "DRPLAN_RUN_ID": "forged"},
	}
	cmd := exec.Command("env")
	cmd.Env = run.Environ()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(string(out), "\n")
	for _, want := range []string{
		"DRPLAN_RUN_ID=r1", "DRPLAN_STEP=restore[eu]", "DRPLAN_ATTEMPT=2", "DRPLAN_STEP_DIR=/runs/r1",
		"DRPLAN_PARAM_NAME_SPACE=prod", "ENVIRON_TEST=inside", "PATH=" + os.Getenv("PATH"),
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, gone := range []string{"ENVIRON_TEST=outside", "DRPLAN_STEP=outside", "DRPLAN_RUN_ID=forged"} {
		if slices.Contains(got, gone) {
			t.Errorf("%s is still there", gone)
		}
	}
}
