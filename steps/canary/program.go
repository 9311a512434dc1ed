package canary

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/program"
)

// programs reach a place that drplan has no client for, such as a table of a
// database.
type programs struct {
	Put     steps.Command  `json:"put" plan:"required" doc:"Stores the mark DRPLAN_MARK, one line of JSON, under the name DRPLAN_MARK_KEY, in place of one that is there under that name."`
	List    steps.Command  `json:"list" plan:"required" doc:"Prints every mark that is stored, one a line, and changes nothing. Where the place cannot be read it fails."`
	Remove  steps.Command  `json:"remove" plan:"required" doc:"Removes the mark of the name DRPLAN_MARK_KEY. That there is none is no error."`
	Timeout steps.Duration `json:"timeout" default:"10s" doc:"How long one of them may take."`
}

func (p *programs) validate(partial bool) error {
	if p.Timeout <= 0 && !partial {
		return steps.Errorf("timeout", "it must be above 0")
	}
	return nil
}

// programPlace is a store by the programs of one step.
type programPlace struct {
	*programs
	in *steps.Run
}

func markKey(m mark) string { return m.Run + "/" + m.Step }

func (p programPlace) put(ctx context.Context, m mark) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = p.run(ctx, "put", p.Put, "DRPLAN_MARK="+string(text), "DRPLAN_MARK_KEY="+markKey(m))
	return err
}

func (p programPlace) list(ctx context.Context) ([]mark, error) {
	out, err := p.run(ctx, "list", p.List)
	if err != nil {
		return nil, err
	}
	var marks []mark
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		var m mark
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			return nil, steps.Final(fmt.Errorf("list printed a line that is no canary of drplan's: %q: it must print the marks as they were stored, and nothing else", p.in.RedactCut(head(p.in.Redact(line)))))
		}
		marks = append(marks, m)
	}
	return marks, nil
}

func (p programPlace) remove(ctx context.Context, marks []mark) error {
	for _, m := range marks {
		if _, err := p.run(ctx, "remove", p.Remove, "DRPLAN_MARK_KEY="+markKey(m)); err != nil {
			return err
		}
	}
	return nil
}

func (p programPlace) close() {}

// maxListing bounds what a list may print: marks of some thousand runs.
const maxListing = 1 << 20

func (p programPlace) run(ctx context.Context, name string, c steps.Command, env ...string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(p.Timeout), fmt.Errorf("it took longer than %s", time.Duration(p.Timeout)))
	defer cancel()
	argv := program.Argv(c)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stdout, stderr bounded
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(p.in.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a stop reaches all that it started
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 200 * time.Millisecond
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s was stopped: %w", name, context.Cause(ctx))
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return "", fmt.Errorf("%s: %w%s", name, err, p.saying(stderr.kept))
	case stdout.cut:
		return "", steps.Final(fmt.Errorf("%s printed more than %d bytes: give the canary a place of its own", name, maxListing))
	}
	return string(stdout.kept), nil
}

func (p programPlace) saying(stderr []byte) string {
	text := strings.TrimSpace(head(p.in.Redact(string(stderr))))
	if text == "" {
		return ""
	}
	return ": " + p.in.RedactCut(text)
}

// head is as much of a text as an error shows.
func head(text string) string {
	const most = 400
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + " …"
	}
	return text
}

// bounded keeps the first bytes that are written to it.
type bounded struct {
	kept []byte
	cut  bool
}

func (b *bounded) Write(data []byte) (int, error) {
	room := min(len(data), maxListing-len(b.kept))
	b.cut = b.cut || room < len(data)
	b.kept = append(b.kept, data[:room]...)
	return len(data), nil
}
