package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/report"
)

func (a *app) runsCompareCommand() *cobra.Command {
	var runs, output string
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Set two runs side by side, step by step",
		Long: `Set two runs of one scenario side by side: how long each step took, and what is another
in the later one. A and B are as drplan report has them: an id, the beginning of one,
latest, or a run's folder.`,
		Example:           "  drplan runs compare 20260801 latest",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completeRuns(),
		RunE: func(_ *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return usagef("-o is text or json, not %q", output)
			}
			c, err := a.compare(runs, args[0], args[1])
			if err != nil {
				return err
			}
			if output == "json" {
				return writeJSON(a.out, c)
			}
			return c.Text(a.out)
		},
	}
	storeFlag(cmd, &runs)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json")
	complete(cmd, "output", words("text", "json"))
	return cmd
}

func (a *app) compare(runs, first, second string) (report.Comparison, error) {
	one, err := findRun(runs, first)
	if err != nil {
		return report.Comparison{}, err
	}
	two, err := findRun(runs, second)
	if err != nil {
		return report.Comparison{}, err
	}
	if one.Header.Scenario != two.Header.Scenario {
		return report.Comparison{}, usage(fmt.Errorf("%s is a run of %s, and %s one of %s", one.id, one.Header.Scenario, two.id, two.Header.Scenario),
			"compare two runs of one scenario; drplan runs list shows which there are")
	}
	return report.Compare(report.Summarize(one.Run), report.Summarize(two.Run)), nil
}
