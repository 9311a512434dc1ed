package main

import (
	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine/local"
)

func (a *app) cleanupCommand() *cobra.Command {
	var o driveOptions
	cmd := &cobra.Command{
		Use:   "cleanup RUN",
		Short: "Run the cleanup that --keep-on-failure left, and nothing else",
		Long: `Run the cleanup of a drill that failed under --keep-on-failure, once what it left has
been looked at. Exits as the run does: it has failed, and stays so.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeRuns(),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			r, err := findRun(o.runs, args[0])
			if err != nil {
				return err
			}
			return a.takeUp(r, o, local.Reopening{OnlyCleanup: true, Reason: "cleanup"})
		},
	}
	o.flags(cmd)
	return cmd
}
