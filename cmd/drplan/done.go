package main

import (
	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
)

func (a *app) doneCommand() *cobra.Command {
	var runs, reason string
	cmd := &cobra.Command{
		Use:               "done RUN STEP",
		Short:             "Say that a step which people do is done: stops its clock",
		Example:           "  drplan done latest provision_new_cluster",
		Args:              exactly("RUN", "STEP"),
		ValidArgsFunction: completeRuns(completeSteps),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.answer(runs, args[0], args[1], engine.WaitDuration, local.Message{Kind: local.Done, Reason: reason})
		},
	}
	runsFlag(cmd, &runs)
	cmd.Flags().StringVar(&reason, "reason", "", "a remark, for the record")
	return cmd
}
