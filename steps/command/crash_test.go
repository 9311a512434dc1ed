package command

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// driverMain makes this test binary a driver that runs one script and can be
// killed: its first argument is "driver", then the run's folder and the script.
func driverMain() {
	if len(os.Args) != 4 || os.Args[1] != "driver" {
		return
	}
	step := &Command{Script: os.Args[3], StopGrace: steps.Duration(killWait)}
	_, err := step.Run(context.Background(), &steps.Run{RunID: "r", StepID: "s", Attempt: 1, Dir: os.Args[2]})
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// crash runs a script in a driver of its own and kills the driver's whole
// process group, as a terminal that goes away does, once begun says so.
func crash(t *testing.T, run *stepstest.Recorder, script string, begun func() bool) {
	t.Helper()
	driver := exec.Command(os.Args[0], "driver", run.Dir, script)
	driver.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := driver.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, begun)
	if err := syscall.Kill(-driver.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = driver.Wait()
}

// world is what a crashed script works on.
type world struct {
	run             *stepstest.Recorder
	effects, finish string
	script          string
}

func newWorld(t *testing.T, then string) *world {
	dir := t.TempDir()
	w := &world{run: stepstest.NewRun(t), effects: filepath.Join(dir, "effects"), finish: filepath.Join(dir, "finish")}
	w.script = "echo once >> " + w.effects + "; until test -e " + w.finish + "; do test -e " + w.effects + " || exit; sleep 0.02; done; " + then // the test's folder is gone: so is its reader
	return w
}

// begun: the shell makes the file before it writes the line.
func (w *world) begun() bool { info, err := os.Stat(w.effects); return err == nil && info.Size() > 0 }

func (w *world) onlyOnce(t *testing.T) {
	t.Helper()
	if data, err := os.ReadFile(w.effects); string(data) != "once\n" {
		t.Errorf("the effects are %q, %v: want one", data, err)
	}
}

func reconcile(t *testing.T, run *stepstest.Recorder) (steps.Verdict, steps.Outputs, error) {
	t.Helper()
	return (&Command{}).Reconcile(t.Context(), run.Run)
}

func TestReconcileWhereNothingWasBegun(t *testing.T) {
	run := stepstest.NewRun(t)
	if v, _, err := reconcile(t, run); v != steps.NeverBegun || err != nil {
		t.Errorf("got %s, %v", v, err)
	}
}

// TestKilledBeforeTheClaim: a wrapper that is only just starting must find that
// it may not begin any more.
func TestKilledBeforeTheClaim(t *testing.T) {
	run := stepstest.NewRun(t)
	a, err := newAttempt(run.Dir, run.Attempt)
	if err != nil {
		t.Fatal(err)
	}
	if v, _, err := reconcile(t, run); v != steps.NeverBegun || err != nil {
		t.Fatalf("got %s, %v", v, err)
	}
	effect := filepath.Join(t.TempDir(), "effect")
	err = wrap(a, strings.NewReader(`{"argv":["touch","`+effect+`"]}`), nil)
	if !errors.Is(err, errClaimed) {
		t.Errorf("the late wrapper got %v", err)
	}
	if _, err := os.Stat(effect); err == nil {
		t.Error("the late wrapper ran the program")
	}
	if out, err := try(t, run, map[string]any{"script": "echo again"}); err != nil || out["stdout"] != "again" {
		t.Errorf("the attempt that never began does not run: %v, %v", out, err)
	}
	if v, out, err := reconcile(t, run); v != steps.Done || out["stdout"] != "again" || err != nil {
		t.Errorf("of its second start: got %s, %v, %v", v, out, err)
	}
}

// TestACutRequestBeginsNothing: drplan was killed while it wrote the request.
func TestACutRequestBeginsNothing(t *testing.T) {
	run := stepstest.NewRun(t)
	a, err := newAttempt(run.Dir, run.Attempt)
	if err != nil {
		t.Fatal(err)
	}
	if err := wrap(a, strings.NewReader(`{"argv":["true"`), nil); err == nil {
		t.Error("it was accepted")
	}
	for range 2 { // the drplan that reconciled may be killed too
		if v, _, err := reconcile(t, run); v != steps.NeverBegun || err != nil {
			t.Errorf("got %s, %v", v, err)
		}
	}
}

func TestKilledWhileItRuns(t *testing.T) {
	w := newWorld(t, "echo done")
	crash(t, w.run, w.script, w.begun)
	if v, _, err := reconcile(t, w.run); v != steps.Running || err != nil {
		t.Fatalf("got %s, %v", v, err)
	}
	w.run.Attach = true
	touch(t, w.finish)
	out, err := try(t, w.run, map[string]any{"script": w.script})
	if err != nil || out["stdout"] != "done" {
		t.Errorf("attached: got %v, %v", out, err)
	}
	w.onlyOnce(t)
}

func TestKilledWhileItRunsAndCancelledAfterwards(t *testing.T) {
	w := newWorld(t, "echo done")
	crash(t, w.run, w.script, w.begun)
	w.run.Attach = true
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	step := stepstest.Decode(t, Kind(), map[string]any{"script": w.script})
	if _, err := step.Run(ctx, w.run.Run); err == nil {
		t.Error("it was not stopped")
	}
	a, _, err := lastAttempt(w.run.Dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	if lock, err := a.claim(owner{Void: true}); err == nil {
		lock.Close()
		t.Error("Run left before it had looked for the wrapper")
	}
	if v, _, err := reconcile(t, w.run); v != steps.Ended || err == nil {
		t.Errorf("got %s, %v", v, err)
	}
	w.onlyOnce(t)
}

func TestKilledAndItEndedMeanwhile(t *testing.T) {
	for then, want := range map[string]steps.Verdict{"echo done": steps.Done, "echo no luck >&2; exit 4": steps.Ended} {
		t.Run(string(want), func(t *testing.T) {
			w := newWorld(t, then)
			crash(t, w.run, w.script, w.begun)
			touch(t, w.finish)
			a, _, err := lastAttempt(w.run.Dir, 1)
			if err == nil {
				err = a.awaitOwner()
			}
			if err != nil {
				t.Fatal(err)
			}
			v, out, err := reconcile(t, w.run)
			if v != want {
				t.Errorf("got %s, %v", v, err)
			}
			if want == steps.Done && (err != nil || out["stdout"] != "done") {
				t.Errorf("got %v, %v", out, err)
			}
			if want == steps.Ended && (err == nil || err.Error() != "exit code 4: no luck") {
				t.Errorf("got %v", err)
			}
			w.onlyOnce(t)
		})
	}
}

// TestTheWrapperIsKilledToo, as by a machine that goes down: nobody knows.
func TestTheWrapperIsKilledToo(t *testing.T) {
	w := newWorld(t, "echo done")
	crash(t, w.run, w.script, w.begun)
	a, _, err := lastAttempt(w.run.Dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	o, found, err := a.owner()
	if err != nil || !found {
		t.Fatalf("found %t, %v", found, err)
	}
	if err := syscall.Kill(o.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := a.awaitOwner(); err != nil {
		t.Fatal(err)
	}
	if v, _, err := reconcile(t, w.run); v != steps.Unknown || !errors.Is(err, errNoStatus) {
		t.Errorf("got %s, %v", v, err)
	}
	touch(t, w.finish) // lets the script go
}

// TestKilledAtAnyTime kills the driver after delays over the whole of a short
// script, and does what a resumed run does.
func TestKilledAtAnyTime(t *testing.T) {
	verdicts := map[steps.Verdict]int{}
	for i := range 12 {
		w := newWorld(t, "echo done")
		touch(t, w.finish)
		// Any moment will do; together they cover the start and the end.
		crash(t, w.run, w.script, func() bool { time.Sleep(time.Duration(i) * 5 * time.Millisecond); return true })
		v, out, err := reconcile(t, w.run)
		verdicts[v]++
		switch v {
		case steps.NeverBegun:
			if w.begun() {
				t.Error("it says never begun, and there is an effect")
			}
			out, err = try(t, w.run, map[string]any{"script": w.script})
		case steps.Running:
			w.run.Attach = true
			out, err = try(t, w.run, map[string]any{"script": w.script})
		}
		if err != nil || out["stdout"] != "done" {
			t.Errorf("%s: got %v, %v", v, out, err)
		}
		w.onlyOnce(t)
	}
	t.Logf("verdicts: %v", verdicts)
	if verdicts[steps.Done] == 12 || verdicts[steps.Unknown] > 0 {
		t.Errorf("verdicts %v: want crashes at several stages, none in doubt", verdicts)
	}
}
