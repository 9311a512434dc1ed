package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"drplan": main, "when": when, "hook": hook})
}

// TestScripts runs the real main: one file of testdata a subject.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("DRPLAN_RUNS", env.Getenv("WORK")+"/runs")
			env.Setenv("HOME", env.Getenv("WORK"))
			env.Setenv("LANG", "C.UTF-8")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "eventually": eventually, "await": await, "widest": widest, "envof": envOf,
		},
	})
}

// patience bounds everything that the scripts wait for.
const patience = 30 * time.Second

// exits CODE COMMAND… runs a command that must end with the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// eventually REGEXP COMMAND… runs a command again and again until its stdout matches.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually REGEXP COMMAND…")
	}
	want := regexp.MustCompile("(?s)" + args[0])
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := ts.Exec(args[1], args[2:]...); err == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("never: %s", args[0])
}

// await FILE… waits until the files exist.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: await FILE…")
	}
	for _, file := range args {
		if !appears(ts.MkAbs(file)) {
			ts.Fatalf("%s never appeared", file)
		}
	}
}

// widest N FILE holds every line of a file, which has no wide characters, to N columns.
func widest(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: widest N FILE")
	}
	limit, err := strconv.Atoi(args[0])
	ts.Check(err)
	text := strings.TrimSpace(ts.ReadFile(args[1]))
	if text == "" {
		ts.Fatalf("%s is empty", args[1])
	}
	for line := range strings.Lines(text) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > limit {
			ts.Fatalf("%d columns: %s", n, line)
		}
	}
}

func appears(file string) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return true
		}
	}
	return false
}

// when FILE=SIGNAL… -- COMMAND… runs a command, sends it each signal once its
// file has appeared, and exits as the command does; 128 + SIGNAL where that killed it.
func when() {
	signal.Ignore(os.Interrupt)
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
	var i int
	for i = 1; os.Args[i] != "--"; i++ {
	}
	cmd := exec.Command(os.Args[i+1], os.Args[i+2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	for _, pair := range os.Args[1:i] {
		file, name, _ := strings.Cut(pair, "=")
		if !appears(file) {
			fmt.Fprintln(os.Stderr, "never appeared:", file)
			_ = cmd.Process.Kill()
			os.Exit(99)
		}
		_ = cmd.Process.Signal(signals[name])
	}
	_ = cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		os.Exit(128 + int(status.Signal()))
	}
	os.Exit(status.ExitStatus())
}
