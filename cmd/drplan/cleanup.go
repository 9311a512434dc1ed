package main

import (
	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/report"
)

func (a *app) cleanupCommand() *cobra.Command {
	var o driveOptions
	cmd := &cobra.Command{
		Use:   "cleanup RUN",
		Short: "Run the cleanup that --keep-on-failure left, and nothing else",
		Long: `Run the cleanup of a drill that failed under --keep-on-failure, once what it left has
been looked at. Exits 0 when everything was cleaned up: the drill has failed all the
same, and drplan report says so.`,
		Args:              exactly("RUN"),
		ValidArgsFunction: completeRuns(),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			r, err := findHere(o.runs, args[0])
			if err != nil {
				return err
			}
			o.verdict = cleanedUp
			return a.takeUp(r, o, local.Reopening{OnlyCleanup: true, Reason: "cleanup"})
		},
	}
	o.flags(cmd)
	return cmd
}

// cleanedUp judges the cleanup alone, once it is over.
func cleanedUp(r *run, s *report.Summary) int {
	if r.view.Run().Status != engine.StatusEnded {
		return s.ExitCode(false)
	}
	for n := range r.view.Nodes() {
		if n.Phase == engine.PhaseCleanup && n.Outcome != engine.Succeeded && n.Outcome != engine.Skipped {
			return exitBad
		}
	}
	return exitGood
}
