package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
)

var verdicts = []string{string(engine.VerdictDone), string(engine.VerdictFailed), string(engine.VerdictRerun)}

func (a *app) settleCommand() *cobra.Command {
	var runs, reason string
	cmd := &cobra.Command{
		Use:   "settle RUN STEP done|failed|rerun --reason TEXT",
		Short: "Say what became of a step in doubt, or that a failed one was done by hand",
		Long: `Settle a step that nobody could tell about after a crash: it was done, it failed, or
it is to be run again. A step that failed and was then done by hand is settled as
done: its time counts as people's. The run goes on when it is resumed.`,
		Example:           "  drplan settle latest restore done --reason 'restored by hand, checked the key count'",
		Args:              exactly("RUN", "STEP", "done|failed|rerun"),
		ValidArgsFunction: completeRuns(completeSteps, words(verdicts...)),
		RunE: func(_ *cobra.Command, args []string) error {
			m := local.Message{Kind: local.Settle, Step: args[1], Verdict: engine.Verdict(args[2]), Reason: strings.TrimSpace(reason)}
			if m.Verdict != engine.VerdictDone && m.Verdict != engine.VerdictFailed && m.Verdict != engine.VerdictRerun {
				return usagef("a step is settled as %s, not %q", strings.Join(verdicts, ", "), args[2])
			}
			if m.Reason == "" {
				return usage(errors.New("say why with --reason"), "the reason goes on record: who saw what")
			}
			return a.settle(runs, args[0], m)
		},
	}
	runsFlag(cmd, &runs)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record (required)")
	return cmd
}

func (a *app) settle(runs, asked string, m local.Message) error {
	r, err := findHere(runs, asked)
	if err != nil {
		return err
	}
	_, i, err := r.instance(m.Step)
	if err != nil {
		return err
	}
	if err := r.canSettle(m.Step, m.Verdict, i); err != nil {
		return err
	}
	return a.send(r, runs, m)
}

// canSettle refuses a verdict that the run would not take.
func (r *run) canSettle(step string, verdict engine.Verdict, i engine.InstanceView) error {
	ended := r.view.Run().Status == engine.StatusEnded
	switch {
	case i.Status == engine.StatusInDoubt:
		return nil
	case !ended:
		return cannot(fmt.Errorf("step %s is not in doubt: it is %s", step, stands(i)), r.openNames())
	case i.Outcome == engine.Succeeded || i.Outcome == engine.Skipped:
		return cannot(fmt.Errorf("step %s has ended well: there is nothing to settle", step), r.openNames())
	}
	node, key := local.SplitStep(step)
	if err := r.view.CanSettle(engine.Settle{Node: node, Key: key, Verdict: verdict}); err != nil {
		return cannot(fmt.Errorf("a word on %s would never be taken: %w", step, err), "")
	}
	return nil
}
