package etcd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// victimEnv holds a victim: the test binary then is that step's process.
const victimEnv = "DRPLAN_TEST_VICTIM"

func TestMain(m *testing.M) {
	if addr := os.Getenv(listenEnv); addr != "" {
		fmt.Fprintln(os.Stderr, listen(addr))
		os.Exit(1)
	}
	if v := os.Getenv(victimEnv); v != "" {
		if err := runVictim([]byte(v)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	labtest.Main(m)
}

// victim is a step that runs in a process of its own, which is killed when the
// step reaches Point.
type victim struct {
	Kind  string
	Input json.RawMessage
	Dir   string
	Point string
	Block bool // the exchange of the last member's folders fails
}

func (v victim) kind() steps.Kind {
	if v.Kind == Replace().Type {
		return Replace()
	}
	return Restore()
}

func (v victim) run(t testing.TB) *stepstest.Recorder {
	r := stepstest.NewRun(t)
	r.Dir = v.Dir
	return r
}

// die runs the victim and fails the test unless it died by SIGKILL.
func (v victim) die(t *testing.T) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victimEnv+"="+string(data))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the step was to be killed at %q, but: %v\n%s", v.Point, err, out)
	}
}

// resume does what the engine does after a crash: it asks what became of the
// step, and runs it unless it is done.
func (v victim) resume(t *testing.T) (steps.Verdict, steps.Outputs, error) {
	t.Helper()
	run := v.run(t)
	step := stepstest.Decode(t, v.kind(), v.Input)
	verdict, out, err := step.(steps.Reconciler).Reconcile(t.Context(), run.Run)
	if err != nil || verdict == steps.Done {
		return verdict, out, err
	}
	run.Attach = verdict == steps.Running
	out, err = stepstest.Decode(t, v.kind(), v.Input).Run(t.Context(), run.Run)
	return verdict, out, err
}

func runVictim(data []byte) error {
	var v victim
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	step, err := v.kind().Decode(v.Input)
	if err != nil {
		return err
	}
	reached = func(where string) {
		if v.Block && where == string(swapping) {
			block(v.Dir)
		}
		if where == v.Point {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // a signal to oneself may take a moment
		}
	}
	_, err = step.Run(context.Background(), v.run(&noTest{}).Run)
	return err
}

// block puts something where the last member's old data are to go.
func block(dir string) {
	state, err := loadState(dir)
	if err != nil {
		panic(err)
	}
	place := state.Places[len(state.Places)-1].Data
	if err := os.MkdirAll(place.Old+"/occupied", 0o700); err != nil {
		panic(err)
	}
}

// noTest stands for a test in a process that is none; a victim needs nothing
// of it but a folder.
type noTest struct{ testing.TB }

func (*noTest) Helper()         {}
func (*noTest) TempDir() string { return os.TempDir() }
