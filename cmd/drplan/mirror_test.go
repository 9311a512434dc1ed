package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/report/store"
	"github.com/drplan/drplan/steps/s3"
)

// handOver has a step of which only its machine knows how far it came, and a
// check that tells others.
const handOver = `
disaster_recovery_plan:
  version: "1.0"
  recovery_procedures:
    handed_over:
      - {step: First, id: first, command: "echo first >>effects"}
      - step: Second
        id: second
        command: "echo second >>effects; touch begun; while ! test -e release; do sleep 0.05; done"
        check: [test, -e, released]
      - {step: Third, id: third, command: "echo third >>effects"}
      - {step: Fourth, id: fourth, verify: {files: {exist: [effects]}}}
`

// TestLostLaptop: the first operator's machine dies in the middle of a step; a
// second one takes the run up from the mirror alone, is asked to say that the
// first is gone, and finds out by the step's check what became of it. The first,
// back again, must not go on.
func TestLostLaptop(t *testing.T) {
	lab := labtest.Private(t, "--keys", "0")
	work := t.TempDir()
	write(t, filepath.Join(work, "dr-plan.yaml"), handOver)
	address := "s3://" + lab.S3.Bucket + "/journals"
	t.Setenv("AWS_ENDPOINT_URL", lab.S3.Endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", lab.S3.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", lab.S3.SecretKey)
	t.Setenv("AWS_REGION", lab.S3.Region)
	t.Setenv("DRPLAN_MIRROR", address)

	first := drplan(t, work, "run", "-s", "handed_over", "--mode", "recovery", "--confirm", "handed_over", "--runs", "laptop")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	if !appears(filepath.Join(work, "begun")) {
		t.Fatal("the second step never began")
	}
	mirror, err := s3.OpenBucket(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	id := awaitSegment(t, mirror, "second")
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() // it was killed
	write(t, filepath.Join(work, "release"), "")

	second := []string{"run", "--resume", "latest", "--runs", "desk"}
	out, code := result(t, drplan(t, work, second...))
	if code != exitCannot || !strings.Contains(out, "is driven by") || !strings.Contains(out, "--takeover") {
		t.Fatalf("a run that another machine has: exit code %d\n%s", code, out)
	}
	out, code = result(t, drplan(t, work, append(second, "--takeover")...))
	if code != exitUsage || !strings.Contains(out, "--reason") {
		t.Fatalf("a takeover without a reason: exit code %d\n%s", code, out)
	}
	write(t, filepath.Join(work, "released"), "") // what the check looks for
	out, code = result(t, drplan(t, work, append(second, "--takeover", "--reason", "the laptop fell into the sea")...))
	if code != exitGood {
		t.Fatalf("taken over: exit code %d\n%s", code, out)
	}
	if got := read(t, filepath.Join(work, "effects")); got != "first\nsecond\nthird\n" {
		t.Errorf("the steps left %q", got)
	}
	if got, want := joined(t, mirror, id), read(t, filepath.Join(work, "desk", id, "journal.jsonl")); got != want {
		t.Errorf("the mirror's journal differs from the run's:\n%s\nwant\n%s", got, want)
	}
	lock, _, err := mirror.Read(t.Context(), id+"/lock.json")
	if err != nil || !bytes.Contains(lock, []byte("fell into the sea")) || !bytes.Contains(lock, []byte(`"released":true`)) {
		t.Errorf("the lock says %s, %v", lock, err)
	}

	before := read(t, filepath.Join(work, "effects"))
	out, code = result(t, drplan(t, work, "run", "--resume", "latest", "--runs", "laptop"))
	if code != exitCannot || !strings.Contains(out, "went on elsewhere") {
		t.Errorf("the first machine, back again: exit code %d\n%s", code, out)
	}
	if after := read(t, filepath.Join(work, "effects")); after != before {
		t.Errorf("it went on: %q", after)
	}
}

// TestMirrorIsDown: a mirror that does not answer stops no recovery, and is
// caught up with when it does.
func TestMirrorIsDown(t *testing.T) {
	lab := labtest.Private(t, "--keys", "0")
	labtest.Sh(t, lab.S3.Kill)
	work := t.TempDir()
	write(t, filepath.Join(work, "dr-plan.yaml"), strings.Replace(handOver, "while ! test -e release", "while false", 1))
	t.Setenv("AWS_ENDPOINT_URL", lab.S3.Endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", lab.S3.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", lab.S3.SecretKey)
	t.Setenv("AWS_REGION", lab.S3.Region)
	t.Setenv("DRPLAN_MIRROR", "s3://"+lab.S3.Bucket+"/journals")
	cmd := drplan(t, work, "run", "-s", "handed_over", "--mode", "recovery", "--confirm", "handed_over", "--runs", "here")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); !strings.Contains(effects(work), "third"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("without its mirror the run does not go on")
		}
	}
	labtest.Sh(t, lab.S3.Start)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	mirror, err := s3.OpenBucket(t.Context(), "s3://"+lab.S3.Bucket+"/journals")
	if err != nil {
		t.Fatal(err)
	}
	runs, err := runsIn(store.Folder(filepath.Join(work, "here")))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v, %v", runs, err)
	}
	id := runs[0]
	if got, want := joined(t, mirror, id), read(t, filepath.Join(work, "here", id, "journal.jsonl")); got != want || got == "" {
		t.Errorf("the mirror's journal differs from the run's:\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(out.String(), "caught up") && !strings.Contains(out.String(), "until it does") {
		t.Errorf("nobody was told:\n%s", &out)
	}
}

func effects(work string) string {
	data, _ := os.ReadFile(filepath.Join(work, "effects")) // not there yet: empty
	return string(data)
}

// drplan is this test's own binary under drplan's name.
func drplan(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), self, args...)
	cmd.Args[0], cmd.Dir = "drplan", dir
	return cmd
}

func result(t *testing.T, cmd *exec.Cmd) (out string, code int) {
	t.Helper()
	raw, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(raw), cmd.ProcessState.ExitCode()
}

// awaitSegment waits until the mirror's journal of its only run knows of text.
func awaitSegment(t *testing.T, mirror *s3.Bucket, text string) (runID string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		names, err := mirror.List(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !strings.HasPrefix(name, ".") { // of a run, not of its start
				runID, _, _ = strings.Cut(name, "/")
			}
		}
		if runID != "" && strings.Contains(joined(t, mirror, runID), `"event":"attempt_started","node":"`+text) {
			return runID
		}
	}
	t.Fatal("the mirror never knew")
	return ""
}

func joined(t *testing.T, mirror *s3.Bucket, runID string) string {
	t.Helper()
	names, err := mirror.List(t.Context(), runID+"/journal/")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all strings.Builder
	for _, name := range names {
		body, _, err := mirror.Read(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(body)
	}
	return all.String()
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
