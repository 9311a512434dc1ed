package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/internal/notify"
)

func (a *app) ackCommand() *cobra.Command {
	var runs, reason string
	cmd := &cobra.Command{
		Use:   "ack RUN",
		Short: "Say that you know what a run has told: nobody else is called for it",
		Long: `Acknowledge all that a run has told until now: those who would be called when nobody
reacts are not called for it. It answers no step: a run that waits for an approval goes
on waiting. What happens later is told, and escalated, again.`,
		Example:           "  drplan ack latest --reason 'looking at it'",
		Args:              exactly("RUN"),
		ValidArgsFunction: completeRuns(),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := findHere(runs, args[0])
			if err != nil {
				return err
			}
			e := notify.Entry{At: time.Now().UTC(), Outcome: notify.Acknowledged, By: a.person(), Reason: reason}
			if err := notify.RecordOf(r.dir).Add(e); err != nil {
				return cannot(fmt.Errorf("it cannot be put down: %w", err), "make room, or become the user to whom the run's folder belongs")
			}
			_, err = fmt.Fprintf(a.out, "acknowledged by %s: nobody else is called for what run %s has told until now\n", e.By, r.id)
			return err
		},
	}
	runsFlag(cmd, &runs)
	cmd.Flags().StringVar(&reason, "reason", "", "a remark, for the record")
	return cmd
}
