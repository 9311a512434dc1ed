package main

import (
	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
)

func (a *app) approveCommand() *cobra.Command {
	var runs, reason string
	var reject bool
	cmd := &cobra.Command{
		Use:   "approve RUN STEP",
		Short: "Approve a step that waits for it, or reject it",
		Long: `Answer an approval. RUN is an id, the beginning of one, or latest; STEP an id, with
the key of a for_each: switch[eu]. A step that is rejected fails.`,
		Example:           "  drplan approve latest switch_dns --reason 'checked with network'",
		Args:              exactly("RUN", "STEP"),
		ValidArgsFunction: completeRuns(completeSteps),
		RunE: func(_ *cobra.Command, args []string) error {
			m := local.Message{Kind: local.Approve, Reason: reason}
			if reject {
				m.Kind = local.Reject
			}
			return a.answer(runs, args[0], args[1], engine.WaitApproval, m)
		},
	}
	runsFlag(cmd, &runs)
	cmd.Flags().BoolVar(&reject, "reject", false, "say no")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}
