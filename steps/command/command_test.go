package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestMain(m *testing.M) {
	WrapperMain()
	driverMain()
	os.Exit(m.Run())
}

func TestConform(t *testing.T) {
	stepstest.Conform(t, Kind(), stepstest.Case{
		Input:   func(*testing.T) any { return map[string]any{"script": "test -n \"$TOKEN\""} },
		Slow:    func(*testing.T) any { return map[string]any{"argv": []string{"sleep", "60"}} },
		Env:     map[string]string{"TOKEN": "hunter2"},
		Secrets: []string{"hunter2"},
	})
}

func TestSecretsReachNoFile(t *testing.T) {
	run := stepstest.NewRun(t)
	run.Env["TOKEN"] = "hunter2"
	if _, err := try(t, run, map[string]any{"script": "test $TOKEN = hunter2"}); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(run.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if files++; bytes.Contains(data, []byte("hunter2")) {
			t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files read, %v", files, err)
	}
}

// TestTidyRemovesEveryStart: after a doubt an attempt has more than one.
func TestTidyRemovesEveryStart(t *testing.T) {
	run := stepstest.NewRun(t)
	for range 3 {
		if _, err := try(t, run, map[string]any{"script": "echo told; echo told >&2"}); err != nil {
			t.Fatal(err)
		}
	}
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(run.Dir, "*", "std*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if before := files(); len(before) != 6 {
		t.Fatalf("raw output is %v: want that of three starts", before)
	}
	if err := (&Command{}).Tidy(run.Run); err != nil || len(files()) > 0 {
		t.Errorf("left are %v, %v", files(), err)
	}
}

func try(t *testing.T, run *stepstest.Recorder, input any) (steps.Outputs, error) {
	t.Helper()
	return stepstest.Decode(t, Kind(), input).Run(t.Context(), run.Run)
}

func TestRun(t *testing.T) {
	long := strings.Repeat("x", stdoutLimit)
	tests := map[string]struct {
		input     any
		stdout    string
		truncated bool
		exit      int
		err       string
		final     bool
	}{
		"a script":              {input: map[string]any{"script": "echo one; echo two"}, stdout: "one\ntwo"},
		"a list has no shell":   {input: map[string]any{"argv": []string{"echo", "$HOME", "a  b"}}, stdout: "$HOME a  b"},
		"the facts of the run":  {input: map[string]any{"script": "echo $DRPLAN_STEP $DRPLAN_ATTEMPT $DRPLAN_PARAM_NAME_SPACE $OVER"}, stdout: "step 1 prod yes"},
		"inherited environment": {input: map[string]any{"script": "test -n \"$PATH\" && test $COMMAND_TEST = inherited"}},
		"stdin":                 {input: map[string]any{"argv": []string{"cat"}, "stdin": "hello\n"}, stdout: "hello"},
		"no stdin":              {input: map[string]any{"argv": []string{"cat"}}},
		"a folder":              {input: map[string]any{"argv": []string{"pwd"}, "dir": "/"}, stdout: "/"},
		"just 64 KiB":           {input: map[string]any{"argv": []string{"cat"}, "stdin": long}, stdout: long},
		"more than 64 KiB":      {input: map[string]any{"argv": []string{"cat"}, "stdin": long + "y"}, stdout: long, truncated: true},
		"not UTF-8":             {input: map[string]any{"script": `printf 'a\377b'`}, stdout: "a\uFFFDb"},
		"another exit code":     {input: map[string]any{"script": "exit 3", "expect_exit": []int{0, 3}}, exit: 3},
		"sh -e":                 {input: map[string]any{"script": "false\necho on"}, err: "exit code 1"},
		"stderr is told":        {input: map[string]any{"script": "echo first >&2; echo no such host >&2; exit 7"}, err: "exit code 7: first\nno such host"},
		"0 is not expected":     {input: map[string]any{"script": "true", "expect_exit": []int{1}}, err: "exit code 0"},
		"a signal":              {input: map[string]any{"script": "kill -KILL $$"}, err: "killed by a signal (killed)"},
		"no such program":       {input: map[string]any{"argv": []string{"no-such-program"}}, err: "no-such-program", final: true},
		"no such folder":        {input: map[string]any{"argv": []string{"true"}, "dir": "/no/such"}, err: "/no/such", final: true},
		"shell finds none":      {input: map[string]any{"script": "no-such-program"}, err: "exit code 127"},
	}
	t.Setenv("COMMAND_TEST", "inherited")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			run := stepstest.NewRun(t)
			run.Params["name-space"], run.Env["OVER"] = "prod", "yes"
			out, err := try(t, run, tt.input)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || steps.IsFinal(err) != tt.final {
					t.Errorf("want an error with %q, final %t, got %v", tt.err, tt.final, err)
				}
				return
			}
			if err != nil || out["stdout"] != tt.stdout || out["truncated"] != tt.truncated || out["exit_code"] != tt.exit {
				t.Errorf("got %.200v, %v", out, err)
			}
		})
	}
}

func TestInputsThatAreWrong(t *testing.T) {
	tests := map[string]string{
		`{}`:                                  "script: give",
		`{"argv":[]}`:                         "script: give",
		`{"argv":[""]}`:                       "argv[0]",
		`{"script":"ls","argv":["ls"]}`:       "choose one",
		`{"script":"ls","expect_exit":[256]}`: "expect_exit",
		`{"script":"ls","cwd":"/"}`:           "cwd: unknown field",
	}
	for input, want := range tests {
		if _, err := Kind().Decode(json.RawMessage(input)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", input, want, err)
		}
	}
	expr := func(s string) bool { return strings.Contains(s, "${") }
	if _, err := Kind().DecodePartial(json.RawMessage(`{"script":"ls ${params.x}"}`), expr); err == nil {
		t.Error("an expression in a script was accepted")
	}
	if _, err := Kind().DecodePartial(json.RawMessage(`{"argv":["ls","${params.x}"]}`), expr); err != nil {
		t.Errorf("an expression in a list: %v", err)
	}
}

func TestOutputAppearsMeanwhile(t *testing.T) {
	run := stepstest.NewRun(t)
	stop := filepath.Join(t.TempDir(), "stop")
	ended := make(chan error, 1)
	step := stepstest.Decode(t, Kind(), map[string]any{"script": "echo out; echo err >&2; printf half; until test -e " + stop + "; do sleep 0.02; done; echo"})
	go func() {
		_, err := step.Run(t.Context(), run.Run)
		ended <- err
	}()
	eventually(t, func() bool {
		s := run.Printed.String()
		return strings.Contains(s, "out\n") && strings.Contains(s, "err\n")
	})
	if strings.Contains(run.Printed.String(), "half") {
		t.Error("half a line was passed on")
	}
	touch(t, stop)
	if err := <-ended; err != nil || !strings.Contains(run.Printed.String(), "half\n") {
		t.Errorf("got %v and %q", err, run.Printed)
	}
}

// TestADaemonIsNotWaitedFor: what a script leaves behind holds its output open.
func TestADaemonIsNotWaitedFor(t *testing.T) {
	run := stepstest.NewRun(t)
	began := time.Now()
	out, err := try(t, run, map[string]any{"script": "setsid sleep 30 & echo $!"})
	if err != nil || time.Since(began) > 10*time.Second {
		t.Fatalf("it took %s: %v", time.Since(began), err)
	}
	pid := number(t, out["stdout"].(string))
	defer syscall.Kill(pid, syscall.SIGKILL)
	if syscall.Kill(pid, 0) != nil {
		t.Error("the daemon is gone")
	}
}

func TestCancelKillsTheWholeGroup(t *testing.T) {
	for name, script := range map[string]string{
		"that ends when asked": "sleep 60 & echo $! > $PIDS; echo $$ >> $PIDS; wait",
		"with a deaf child":    "sh -c 'trap \"\" TERM; echo $$ >> $PIDS; while :; do sleep 0.1; done' & echo $$ >> $PIDS; wait",
		"that does not listen": "trap '' TERM; sleep 60 & echo $! > $PIDS; echo $$ >> $PIDS; while :; do sleep 1; done",
	} {
		t.Run(name, func(t *testing.T) {
			run := stepstest.NewRun(t)
			pids := filepath.Join(t.TempDir(), "pids")
			run.Env["PIDS"] = pids
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				eventually(t, func() bool { data, _ := os.ReadFile(pids); return bytes.Count(data, []byte("\n")) == 2 })
				cancel(errors.New("enough"))
			}()
			step := stepstest.Decode(t, Kind(), map[string]any{"script": script, "stop_grace": "200ms"})
			if _, err := step.Run(ctx, run.Run); err == nil || !strings.Contains(err.Error(), "stopped: enough") {
				t.Errorf("got %v", err)
			}
			data, _ := os.ReadFile(pids)
			for line := range strings.Lines(string(data)) {
				if state, _ := procStat(strings.TrimSpace(line)); state != "Z" && state != "X" {
					t.Errorf("process %s of the group lives: %s", line, state)
				}
			}
		})
	}
}

func TestPreflight(t *testing.T) {
	tests := map[string]struct {
		input     any
		env       map[string]string
		err       string
		deferring bool
	}{
		"found":                   {input: map[string]any{"argv": []string{"ls"}}},
		"a script":                {input: map[string]any{"script": "no matter"}},
		"not on the PATH":         {input: map[string]any{"argv": []string{"no-such-program"}}, err: "not on the PATH"},
		"the step's own PATH":     {input: map[string]any{"argv": []string{"ls"}}, env: map[string]string{"PATH": "/no/such"}, err: "not on the PATH"},
		"a path that may come":    {input: map[string]any{"argv": []string{"/no/such/program"}}, err: "does not exist", deferring: true},
		"a folder as the program": {input: map[string]any{"argv": []string{"/"}}, err: "not an executable", deferring: true},
		"a folder that may come":  {input: map[string]any{"argv": []string{"ls"}, "dir": "/no/such"}, err: "no such file", deferring: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			run := stepstest.NewRun(t)
			run.Env = tt.env
			var errs []error
			for _, c := range stepstest.Decode(t, Kind(), tt.input).(steps.Preflighter).Preflight(t.Context(), run.Run) {
				if errs = append(errs, c.Err); c.Err != nil && c.Defer != tt.deferring {
					t.Errorf("check %+v: want Defer %t", c, tt.deferring)
				}
			}
			err := errors.Join(errs...)
			if len(errs) == 0 || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("want an error with %q, got %v", tt.err, err)
			}
		})
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Error("it did not come true in 20 s")
			return
		}
	}
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
