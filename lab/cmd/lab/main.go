// Command lab runs real systems on this machine for demos and end-to-end tests.
//
// Exit codes: 0 good, 1 something of the lab is down, 2 wrong usage, 3 it could
// not do what it was asked for, 130 interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

var (
	errDown  = errors.New("something of the lab is down")
	errUsage = errors.New("wrong usage")
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
	}
	os.Exit(exitCode(ctx, err))
}

func exitCode(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		return 130
	case errors.Is(err, errDown):
		return 1
	case errors.Is(err, errUsage):
		return 2
	}
	return 3
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "lab",
		Short:         "Real systems on this machine, for demos and end-to-end tests",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.AddCommand(buildCommand(), upCommand(), downCommand(), resetCommand(), statusCommand(), kubeconfigCommand(), nodeCommand(), memberCommand())
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	wrapArgs(cmd)
	return cmd
}

// wrapArgs makes every complaint about arguments wrong usage.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error { return usage(check(cmd, args)) }
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// usageError reads as its cause and is errUsage.
type usageError struct{ cause error }

func (e usageError) Error() string        { return e.cause.Error() }
func (e usageError) Unwrap() error        { return e.cause }
func (e usageError) Is(target error) bool { return target == errUsage }
