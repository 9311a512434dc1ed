package main

import (
	"github.com/spf13/cobra"
)

func (a *app) runsCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "runs", Short: "List, show, sign and verify runs"})
	cmd.AddCommand(a.runsListCommand(), a.runsShowCommand(), a.runsCompareCommand(), a.runsSignCommand(), a.runsVerifyCommand(), a.runsAccountCommand())
	return cmd
}

func (a *app) runsShowCommand() *cobra.Command {
	o := reportOptions{output: "terminal"}
	cmd := &cobra.Command{
		Use:               "show [RUN]",
		Short:             "Show a run: the same as drplan report",
		Args:              oneAtMost,
		ValidArgsFunction: completeRuns(),
		RunE:              func(_ *cobra.Command, args []string) error { return a.report(args, o) },
	}
	storeFlag(cmd, &o.runs)
	return cmd
}

func orLatest(args []string) string {
	if len(args) == 0 {
		return "latest"
	}
	return args[0]
}
