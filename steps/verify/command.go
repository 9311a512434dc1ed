package verify

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/program"
)

type commandCheck struct {
	Run     steps.Command  `json:"run" plan:"required" doc:"A script for sh -e, or a list: the program and its arguments. It must change nothing, since it runs once a round."`
	Exit    int64          `json:"exit" doc:"The expected exit code; 0 where it is absent."`
	Stdout  string         `json:"stdout" doc:"A regular expression that what it prints must match, of which the first 64 KiB count."`
	Timeout steps.Duration `json:"timeout" default:"30s" doc:"How long one run may take."`
}

func (c *commandCheck) validate(partial bool) error {
	err := regular("stdout", c.Stdout)
	if c.Timeout <= 0 && !partial {
		err = errors.Join(err, steps.Errorf("timeout", "it must be above 0"))
	}
	return err
}

func (c *commandCheck) see(ctx context.Context, in *steps.Run) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(c.Timeout))
	defer cancel()
	argv := program.Argv(c.Run)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stdout, stderr text
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = in.Environ()
	inOwnGroup(cmd)
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it ended well; what it left behind holds its output open
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "stopped", fmt.Errorf("it was stopped: %w", context.Cause(ctx))
	case err != nil && !errors.As(err, &exit):
		return "not started", err
	}
	code := cmd.ProcessState.ExitCode()
	return fmt.Sprintf("exit code %d, printed %q", code, head(in, stdout)), c.judge(in, code, stdout, stderr)
}

// inOwnGroup makes a stop reach everything that the command started.
func inOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 200 * time.Millisecond
}

// text keeps the first 64 KiB of what is written to it.
type text []byte

const textLimit = 64 << 10

func (t *text) Write(p []byte) (int, error) {
	*t = append(*t, p[:min(len(p), textLimit-len(*t))]...)
	return len(p), nil
}

func (c *commandCheck) judge(in *steps.Run, code int, stdout, stderr []byte) error {
	if int64(code) != c.Exit {
		return fmt.Errorf("exit code %d, expected %d%s", code, c.Exit, saying(in, stderr))
	}
	if c.Stdout != "" && !regexp.MustCompile(c.Stdout).Match(stdout) {
		return fmt.Errorf("what it prints does not match %q: %q", c.Stdout, head(in, stdout))
	}
	return nil
}

func saying(in *steps.Run, stderr []byte) string {
	text := strings.TrimSpace(head(in, stderr))
	if text == "" {
		return ""
	}
	return fmt.Sprintf(": %q", text)
}
