package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/drplan/drplan/steps"
)

const (
	stdoutLimit = 64 << 10 // bytes of standard output that become an output
	stderrTail  = 2 << 10  // bytes of standard error that go into an error
)

// errNoStatus is what is said of a program whose wrapper is gone and left no
// word: killed, or the machine went down.
var errNoStatus = errors.New("the command's wrapper was killed, and nobody knows how the command ended")

// result reads what the wrapper has left.
func (c *Command) result(ctx context.Context, a attempt, stopped bool) (steps.Outputs, error) {
	s, found, err := a.status()
	switch {
	case err != nil:
		return nil, err
	case found && !s.Stopped:
		return c.judge(a, s)
	case stopped:
		return nil, a.because(fmt.Errorf("the command was stopped: %w", context.Cause(ctx)))
	case found:
		return nil, a.because(errors.New("the command was stopped from outside"))
	}
	return nil, noStatus(a)
}

func noStatus(a attempt) error {
	if o, claimed, err := a.owner(); err != nil || claimed && !o.Void {
		return errNoStatus
	}
	return fmt.Errorf("the command's wrapper did not start it: %s", tail(a.path("wrapper.log")))
}

// judge turns the status of a program that ended by itself into a result.
func (c *Command) judge(a attempt, s status) (steps.Outputs, error) {
	switch {
	case s.Error != "":
		return nil, steps.Final(fmt.Errorf("start the command: %s", s.Error))
	case s.Signal != "":
		return nil, a.because(fmt.Errorf("the command was killed by a signal (%s)", s.Signal))
	case !c.expects(s.ExitCode):
		return nil, a.because(fmt.Errorf("exit code %d", s.ExitCode))
	}
	text, truncated, err := head(a.path("stdout"))
	if err != nil {
		return nil, fmt.Errorf("read the command's output: %w", err)
	}
	return steps.Outputs{"stdout": text, "truncated": truncated, "exit_code": s.ExitCode}, nil
}

// because adds the end of standard error to an error.
func (a attempt) because(err error) error {
	if said := tail(a.path("stderr")); said != "" {
		return fmt.Errorf("%w: %s", err, said)
	}
	return err
}

// head is the first 64 KiB of a file as text, without the last newline. A line
// that does not fit goes whole: half of a secret is not recognised as one.
func head(path string) (text string, truncated bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, stdoutLimit+1))
	if truncated = len(data) > stdoutLimit; truncated {
		data = data[:stdoutLimit]
		if end := bytes.LastIndexByte(data, '\n'); end >= 0 {
			data = data[:end]
		}
	}
	text = strings.ToValidUTF8(string(data), "\uFFFD")
	return strings.TrimSuffix(text, "\n"), truncated, err
}

// tail is the end of a file as text; empty when there is none.
func tail(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	from := max(0, info.Size()-stderrTail)
	data, err := io.ReadAll(io.NewSectionReader(f, from, stderrTail))
	if err != nil {
		return ""
	}
	if from > 0 { // not the end of a line whose beginning is lost
		data = data[bytes.IndexByte(data, '\n')+1:]
	}
	text := strings.TrimSpace(strings.ToValidUTF8(string(data), "\uFFFD"))
	if from > 0 {
		text = "… " + text
	}
	return text
}
