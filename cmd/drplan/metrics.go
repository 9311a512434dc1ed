package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/store"
)

func (a *app) metricsCommand() *cobra.Command {
	var runs, file string
	var push pushOptions
	cmd := &cobra.Command{
		Use:   "metrics",
		Short: "Write the newest runs' RTO and RPO for Prometheus",
		Long: `Write, of the newest run of each plan's scenarios that has ended, RTO and RPO beside their
targets, when it ended and whether it was good, in the text format of Prometheus: for
node_exporter's textfile collector (-f), or pushed to a Pushgateway (--push). What was
not measured has no sample. The label plan is the path of the plan's file, as its oldest
run has it: an edit changes nothing of it.

A push replaces all metrics of its group, which is its job and --grouping: where several
machines or folders of runs push, give each a group of its own, such as
--grouping instance=dr1.`,
		Example: "  drplan metrics -f /var/lib/node_exporter/drplan.prom\n  drplan metrics --push http://pushgateway:9091 --grouping instance=dr1",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if push.gateway == "" && (cmd.Flags().Changed("push") || cmd.Flags().Changed("job") || len(push.grouping) > 0) {
				return usagef("--job and --grouping go with --push URL")
			}
			if push.gateway != "" && file != "" {
				return usagef("--push does not go with -f: run it twice")
			}
			list, err := a.readable(runs)
			if err != nil {
				return err
			}
			if push.gateway != "" {
				return a.push(push, list)
			}
			return a.writeTo(file, func(w io.Writer) error { return report.Metrics(w, report.Newest(list)) })
		},
	}
	storeFlag(cmd, &runs)
	cmd.Flags().StringVarP(&file, "file", "f", "", "write there instead of to stdout")
	cmd.Flags().StringVar(&push.gateway, "push", "", "push to the Pushgateway at this URL, or env:VARIABLE")
	cmd.Flags().StringVar(&push.job, "job", "drplan", "with --push: the label job")
	cmd.Flags().StringArrayVar(&push.grouping, "grouping", nil, "with --push: another label of the group, as name=value; may be repeated")
	return cmd
}

// readable are the summaries of all runs. A run that
// cannot be read, and a copy of another one, is told and passed over: it must not hide
// the others.
func (a *app) readable(runs string) ([]*report.Summary, error) {
	s, ids, err := runsOf(runs)
	if err != nil {
		return nil, err
	}
	var out []*report.Summary
	for one := range store.Runs(context.Background(), s, ids) {
		if one.Err != nil {
			fmt.Fprintf(a.err, "note: %s: passed over: %v\n", one.ID, one.Err)
			continue
		}
		if of := one.Value.Header.RunID; of != one.ID {
			fmt.Fprintf(a.err, "note: %s: passed over: its journal is that of run %s, copied or renamed\n", one.ID, of)
			continue
		}
		out = append(out, report.Summarize(one.Value))
	}
	return out, nil
}
