package command

import (
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
func (c *Command) result(ctx context.Context, in *steps.Run, a attempt, stopped bool) (steps.Outputs, error) {
	s, found, err := a.status()
	switch {
	case err != nil:
		return nil, err
	case found && !s.Stopped:
		return c.judge(in, a, s)
	case stopped:
		return nil, a.because(in, fmt.Errorf("the command was stopped: %w", context.Cause(ctx)))
	case found:
		return nil, a.because(in, errors.New("the command was stopped from outside"))
	}
	return nil, noStatus(in, a)
}

func noStatus(in *steps.Run, a attempt) error {
	if o, claimed, err := a.owner(); err != nil || claimed && !o.Void {
		return errNoStatus
	}
	return fmt.Errorf("the command's wrapper did not start it: %s", tail(in, a.path("wrapper.log")))
}

// judge turns the status of a program that ended by itself into a result.
func (c *Command) judge(in *steps.Run, a attempt, s status) (steps.Outputs, error) {
	switch {
	case s.Error != "":
		return nil, steps.Final(fmt.Errorf("start the command: %s", s.Error))
	case s.Signal != "":
		return nil, a.because(in, fmt.Errorf("the command was killed by a signal (%s)", s.Signal))
	case !c.expects(s.ExitCode):
		return nil, a.because(in, fmt.Errorf("exit code %d", s.ExitCode))
	}
	text, truncated, err := head(in, a.path("stdout"))
	if err != nil {
		return nil, fmt.Errorf("read the command's output: %w", err)
	}
	return steps.Outputs{"stdout": text, "truncated": truncated, "exit_code": s.ExitCode}, nil
}

// because adds the end of standard error to an error.
func (a attempt) because(in *steps.Run, err error) error {
	if said := tail(in, a.path("stderr")); said != "" {
		return fmt.Errorf("%w: %s", err, said)
	}
	return err
}

// head is the first 64 KiB of a file as text, without the last newline and
// without secrets.
func head(in *steps.Run, path string) (text string, truncated bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, stdoutLimit+1))
	if truncated = len(data) > stdoutLimit; truncated {
		text = in.RedactCut(string(data[:stdoutLimit]))
		if end := strings.LastIndexByte(text, '\n'); end >= 0 {
			text = text[:end]
		}
	} else {
		text = in.Redact(string(data))
	}
	return strings.TrimSuffix(valid(text), "\n"), truncated, err
}

// tail is the end of a file as text, without secrets; empty when there is none.
func tail(in *steps.Run, path string) string {
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
	if info.Size() > keepHead { // what is before the head's end may not be what was before the tail
		from = max(from, keepHead)
	}
	data, err := io.ReadAll(io.NewSectionReader(f, from, stderrTail))
	if err != nil {
		return ""
	}
	if from == 0 {
		return strings.TrimSpace(valid(in.Redact(string(data))))
	}
	text := in.RedactCut(string(data))
	if _, lines, found := strings.Cut(text, "\n"); found { // not the end of a line whose beginning is lost
		text = lines
	}
	return "… " + strings.TrimSpace(valid(text))
}

func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
