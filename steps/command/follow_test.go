package command

import (
	"os"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps/stepstest"
)

// TestPiecesOfALineAreRedactedEach: a line of the other stream may come between
// them, and then nobody later sees that they were one secret.
func TestPiecesOfALineAreRedactedEach(t *testing.T) {
	run := stepstest.NewRun(t)
	run.Redactor = func(text string, cut bool) string {
		if !cut {
			t.Errorf("%.20q… was taken for whole", text)
		}
		return strings.NewReplacer("S3CR", "*", "3T-abc", "*").Replace(text)
	}
	a, err := newAttempt(run.Dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	say := func(name, text string) {
		t.Helper()
		f, err := os.OpenFile(a.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			defer f.Close()
			_, err = f.WriteString(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	follow := newFollower(a, run.Run)
	long := strings.Repeat("x", maxLine)
	say("stdout", long+"S3CR")
	say("stderr", "a whole line\n")
	follow.poll()
	say("stdout", "3T-abc\nand a line\n")
	follow.poll()
	say("stdout", "whole again\n")
	follow.close()
	if got, want := run.Printed.String(), long+"*a whole line\n*\nand a line\nwhole again\n"; got != want {
		t.Errorf("got …%q", got[max(0, len(got)-100):])
	}
}
