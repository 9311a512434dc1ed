package drilltest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
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

// Begin is the command that runs the drill, not started yet.
func (d *Drill) Begin() *exec.Cmd {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "dr-plan.yaml")
	if err := os.WriteFile(file, []byte(d.Plan), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return d.Command(append([]string{"run", file, "--scenario", d.Scenario, "-o", "json"}, d.Args...)...)
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

// patience bounds what a test waits for beside a drill.
const patience = 10 * time.Minute

// Await waits until a journal among the drill's runs holds text.
func (d *Drill) Await(text string) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		found, _ := filepath.Glob(filepath.Join(d.Runs, "*", "journal.jsonl"))
		for _, file := range found {
			if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), text) {
				return
			}
		}
	}
	d.t.Errorf("the journal never says %s", text)
}

// Result is what the tests read of a run's summary.
type Result struct {
	Code   int    `json:"-"` // drplan's exit code
	Log    string `json:"-"` // what it said on the way
	RunID  string `json:"run_id"`
	Result string `json:"result"`
	RTO    struct {
		Actual *float64           `json:"actual_seconds"`
		Met    *bool              `json:"met"`
		Split  map[string]float64 `json:"split"`
	} `json:"rto"`
	RPO struct {
		Actual *float64 `json:"actual_seconds"`
		Met    *bool    `json:"met"`
		Basis  string   `json:"basis"`
		Reason string   `json:"reason"`
	} `json:"rpo"`
	Steps []Step `json:"steps"`
}

// Step is one step of a Result.
type Step struct {
	ID       string          `json:"id"`
	Status   string          `json:"status"`
	Attempts int             `json:"attempts"`
	Seconds  float64         `json:"duration_seconds"`
	Outputs  json.RawMessage `json:"outputs"`
	Error    *string         `json:"error"`
}

// Step finds a step by its id.
func (r Result) Step(id string) Step {
	for _, s := range r.Steps {
		if s.ID == id {
			return s
		}
	}
	return Step{}
}

// Failed are the steps that failed by themselves, with their errors.
func (r Result) Failed() map[string]string {
	out := map[string]string{}
	for _, s := range r.Steps {
		if (s.Status == "failed" || s.Status == "timed_out") && s.Error != nil {
			out[s.ID] = *s.Error
		}
	}
	return out
}
