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
	cmd := &cobra.Command{
		Use:   "metrics",
		Short: "Write the newest runs' RTO and RPO for Prometheus",
		Long: `Write, of each scenario's newest run that has ended, RTO and RPO beside their targets,
when it ended and whether it was good, in the text format of Prometheus: for
node_exporter's textfile collector (-f), or piped to a Pushgateway. What was not
measured has no sample.`,
		Example: "  drplan metrics -f /var/lib/node_exporter/drplan.prom\n  drplan metrics | curl --fail --data-binary @- http://pushgateway:9091/metrics/job/drplan",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			list, err := a.readable(runs)
			if err != nil {
				return err
			}
			return a.writeTo(file, func(w io.Writer) error { return report.Metrics(w, report.Newest(list)) })
		},
	}
	storeFlag(cmd, &runs)
	cmd.Flags().StringVarP(&file, "file", "f", "", "write there instead of to stdout")
	return cmd
}

// readable are the summaries of all runs, newest first. A run that cannot be read is
// told, and passed over: it must not hide the others.
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
		out = append(out, report.Summarize(one.Value))
	}
	return out, nil
}
