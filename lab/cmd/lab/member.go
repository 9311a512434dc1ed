package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/drplan/drplan/lab"
	"github.com/spf13/cobra"
)

// memberCommand groups what acts on one server; the lab's scripts call it.
func memberCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "member",
		Short: "Act on one server of the lab, such as s3, a member of etcd, or kubelet",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		serverCommand("start", `Start it in a session of its own, and return when it runs (which is before it serves).
For etcd, $ETCD_EXTRA_ARGS and the lines of the member's file args are added to its arguments.`,
			func(_ context.Context, s lab.Server, _ io.Writer) error { return s.Start() }),
		serverCommand("stop", "Ask it to end, after ten seconds kill it, and return when it is gone",
			func(ctx context.Context, s lab.Server, _ io.Writer) error { return s.Stop(ctx) }),
		serverCommand("kill", "Kill it at once and return when it is gone",
			func(ctx context.Context, s lab.Server, _ io.Writer) error { return s.Kill(ctx) }),
		serverCommand("status", "Say whether it runs; exit 1 when it does not", status),
		runCommand(),
	)
	return cmd
}

func serverCommand(name, short string, act func(context.Context, lab.Server, io.Writer) error) *cobra.Command {
	var where folder
	cmd := &cobra.Command{
		Use:   name + " NAME",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := where.server(args[0])
			if err != nil {
				return err
			}
			return act(cmd.Context(), s, cmd.OutOrStdout())
		},
	}
	where.flags(cmd)
	return cmd
}

func runCommand() *cobra.Command {
	var detached bool
	cmd := serverCommand("run", "Become the server, in the foreground",
		func(ctx context.Context, s lab.Server, _ io.Writer) error { return s.Run(ctx, detached) })
	cmd.Flags().BoolVar(&detached, "detached", false, "report to the launcher on descriptor 3")
	if err := cmd.Flags().MarkHidden("detached"); err != nil {
		panic(err) // the flag is defined in the line above
	}
	return cmd
}

func status(_ context.Context, s lab.Server, w io.Writer) error {
	pid, alive := s.PID()
	if !alive {
		return fmt.Errorf("%s does not run: %w", s.Name, errDown)
	}
	fmt.Fprintf(w, "%s runs as process %d\n", s.Name, pid)
	return nil
}

func (f *folder) server(name string) (lab.Server, error) {
	dir, err := f.path()
	if err != nil {
		return lab.Server{}, err
	}
	l, err := lab.Load(dir)
	if err != nil {
		return lab.Server{}, err
	}
	s, err := l.Server(name)
	if errors.Is(err, lab.ErrNoServer) {
		err = usage(err)
	}
	return s, err
}
