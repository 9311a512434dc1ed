package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"github.com/drplan/drplan/steps"
)

// Run starts the program under a wrapper, or finds the one that runs already,
// and waits for its end.
func (c *Command) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	// One that runs already has to be stopped, however late we come.
	if ctx.Err() != nil && !in.Attach {
		return nil, context.Cause(ctx)
	}
	start := c.start
	if in.Attach {
		start = attach
	}
	a, gone, err := start(in)
	if err != nil {
		return nil, err
	}
	stopped := c.await(ctx, in, a, gone)
	return c.result(ctx, in, a, stopped)
}

// start starts a wrapper in a session of its own, so that neither Ctrl-C nor
// the end of drplan reaches it. gone is closed when it has ended.
func (c *Command) start(in *steps.Run) (attempt, <-chan struct{}, error) {
	if !wrapperReady {
		return "", nil, errors.New("the program did not call command.WrapperMain first in its main")
	}
	a, err := newAttempt(in.Dir, in.Attempt)
	if err != nil {
		return "", nil, fmt.Errorf("make the attempt's folder: %w", err)
	}
	cmd, err := c.wrapper(in, a)
	if err != nil {
		return "", nil, err
	}
	gone := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it did is in the attempt's files
		close(gone)
	}()
	return a, gone, nil
}

func (c *Command) wrapper(in *steps.Run, a attempt) (*exec.Cmd, error) {
	self, err := executable()
	if err != nil {
		return nil, err
	}
	req, err := json.Marshal(request{c.argv(), c.Dir, c.Stdin, time.Duration(c.StopGrace)})
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(a.path("wrapper.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := &exec.Cmd{
		Path: self, Args: []string{os.Args[0], wrapperArg, string(a)}, Env: in.Environ(),
		Stdout: log, Stderr: log, SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	return cmd, send(cmd, req)
}

// send starts the wrapper and writes its request.
func send(cmd *exec.Cmd, req []byte) error {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the wrapper: %w", err)
	}
	// A wrapper that died before it read all has left word in its log.
	_, _ = stdin.Write(req)
	_ = stdin.Close()
	return nil
}

// executable is drplan itself, on Linux also when its file was replaced since.
func executable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// attach finds the wrapper of an attempt that another drplan has started.
func attach(in *steps.Run) (attempt, <-chan struct{}, error) {
	a, found, err := lastAttempt(in.Dir, in.Attempt)
	if err == nil && !found {
		err = errors.New("it has no folder")
	}
	if err != nil {
		return "", nil, fmt.Errorf("find the attempt that runs: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		_ = a.awaitOwner() // an error: its folder is gone, and the result says so
		close(gone)
	}()
	return a, gone, nil
}

// await passes the program's output on until the wrapper is gone. When ctx is
// done it has the wrapper stop the program, and reports true.
func (c *Command) await(ctx context.Context, in *steps.Run, a attempt, gone <-chan struct{}) (stopped bool) {
	follow := newFollower(a, in)
	defer follow.close()
	tick := time.NewTicker(followPoll)
	defer tick.Stop()
	done := ctx.Done()
	var late <-chan time.Time
	for {
		select {
		case <-gone:
			return stopped
		case <-tick.C:
			follow.poll()
		case <-done:
			stopped, done = true, nil
			signalOwner(a, syscall.SIGTERM)
			late = time.After(time.Duration(c.StopGrace) + killWait)
		case <-late:
			signalOwner(a, syscall.SIGKILL)
		}
	}
}

// signalOwner sends a signal to the wrapper. One that has not claimed yet is
// kept from it for good.
func signalOwner(a attempt, sig syscall.Signal) {
	if lock, err := a.claim(owner{Void: true}); err == nil {
		lock.Close()
		return
	}
	if o, found, err := a.owner(); err == nil && found && !o.Void {
		if alive, err := a.alive(); err == nil && alive {
			_ = syscall.Kill(o.Pid, sig)
		}
	}
}
