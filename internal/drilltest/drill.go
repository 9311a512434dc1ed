package drilltest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
)

// folder is where drplan is built, once a test needs it.
var folder string

// program is the built drplan.
var program = sync.OnceValues(func() (string, error) {
	file := filepath.Join(folder, "drplan")
	out, err := exec.Command("go", "build", "-o", file, "github.com/drplan/drplan/cmd/drplan").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

// Main runs the package's tests and then what is given, such as
// labtest.TakeDown. It does not return.
func Main(m *testing.M, after ...func() error) {
	var err error
	if folder, err = os.MkdirTemp("", "drplan-example-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	for _, do := range append(after, func() error { return os.RemoveAll(folder) }) {
		if err := do(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// Drill is a plan that is about to be run, in the folder of its example.
type Drill struct {
	t        testing.TB
	Lab      *labtest.Lab // where it runs, of a drill that was made by On
	Plan     Plan
	Scenario string
	Env      []string // beside the test's own
	Args     []string // more flags of drplan run
	Runs     string   // the folder of runs
}

// New makes a drill of the example's dr-plan.yaml, which is in the test's folder.
func New(t testing.TB, scenario string) *Drill {
	t.Helper()
	plan, err := os.ReadFile("dr-plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return &Drill{t: t, Plan: Plan(plan), Scenario: scenario, Runs: t.TempDir()}
}

// Command is drplan in the example's folder, with the drill's runs.
func (d *Drill) Command(args ...string) *exec.Cmd {
	drplan, err := program()
	if err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.CommandContext(d.t.Context(), drplan, args...)
	cmd.Env = append(append(os.Environ(), "DRPLAN_RUNS="+d.Runs), d.Env...)
	return cmd
}

// Edit changes the plan.
func (d *Drill) Edit(edits ...Edit) {
	d.t.Helper()
	for _, e := range edits {
		d.Plan = e(d.t, d.Plan)
	}
}

// Begin is the command that runs the drill, not started yet; Finish goes on.
func (d *Drill) Begin() *exec.Cmd {
	d.t.Helper()
	return d.begin("json")
}

func (d *Drill) begin(output string) *exec.Cmd {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "dr-plan.yaml")
	if err := os.WriteFile(file, []byte(d.Plan), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return d.Command(append([]string{"run", file, "--scenario", d.Scenario, "-o", output}, d.Args...)...)
}

// Run runs the drill to its end.
func (d *Drill) Run() Result {
	d.t.Helper()
	return d.Finish(d.Begin())
}

// Finish runs a command of drplan's that prints a summary.
func (d *Drill) Finish(cmd *exec.Cmd) Result {
	d.t.Helper()
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		d.t.Fatal(err)
	}
	r := Result{Code: cmd.ProcessState.ExitCode(), Log: log.String()}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		d.t.Fatalf("exit code %d, no summary: %v\n%s\n%s", r.Code, err, &out, &log)
	}
	return r
}
