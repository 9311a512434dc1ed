package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/report"
)

func (a *app) runsCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "runs", Short: "List, show, sign and verify runs"})
	cmd.AddCommand(a.runsListCommand(), a.runsShowCommand(), a.runsCompareCommand(), a.runsSignCommand(), a.runsVerifyCommand())
	return cmd
}

// listed is a run in a list. RTO is null where it was not measured.
type listed struct {
	RunID    string         `json:"run_id"`
	Scenario string         `json:"scenario"`
	Mode     string         `json:"mode"`
	Result   string         `json:"result"`
	Started  report.Instant `json:"started_at"`
	RTO      report.Seconds `json:"rto_seconds"`
	Met      *bool          `json:"rto_met"`
	Error    string         `json:"error,omitempty"` // its journal cannot be read
}

func (a *app) runsListCommand() *cobra.Command {
	var dir, output, mirror string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs, newest first, and those that are missing",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			list, err := a.listRuns(dir, mirror)
			if err != nil {
				return err
			}
			switch output {
			case "json":
				return writeJSON(a.out, list)
			case "text":
				return a.listText(list)
			}
			return usagef("-o is text or json, not %q", output)
		},
	}
	runsFlag(cmd, &dir)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json")
	cmd.Flags().StringVar(&mirror, "mirror", "", "also ask the mirror, as s3://bucket/prefix, which runs were begun")
	complete(cmd, "output", words("text", "json"))
	return cmd
}

// listRuns lists the runs that are there, and those that were begun and are not.
func (a *app) listRuns(dir, mirror string) ([]listed, error) {
	ids, err := listRuns(runsFolder(dir))
	if err != nil {
		return nil, err
	}
	list := make([]listed, len(ids))
	for i, id := range ids {
		list[i] = listRun(dir, id)
	}
	missing, err := gaps(runsFolder(dir), ids, false)
	if err == nil && mirror != "" {
		var more []register.Gap
		more, err = mirrorGaps(mirror, ids)
		missing = append(missing, more...)
	}
	for _, g := range missing {
		if !g.Missing {
			fmt.Fprintf(a.err, "warning: %s\n", gapText(g))
			continue
		}
		if slices.ContainsFunc(list, func(l listed) bool { return l.RunID == g.Run }) {
			continue
		}
		gone := listed{RunID: g.Run, Result: "missing", Error: g.Text}
		at, _ := slices.BinarySearchFunc(list, gone, func(a, b listed) int { return strings.Compare(b.RunID, a.RunID) })
		list = slices.Insert(list, at, gone)
	}
	return list, err
}

func listRun(dir, id string) listed {
	r, err := findRun(dir, id)
	if err != nil {
		return listed{RunID: id, Result: "unreadable", Error: err.Error()}
	}
	s := report.Summarize(r.Run)
	return listed{
		RunID: id, Scenario: s.Scenario, Mode: s.Mode, Result: string(s.Result), Started: s.StartedAt,
		RTO: s.RTO.Actual, Met: s.RTO.Met,
	}
}

func (a *app) listText(list []listed) error {
	if len(list) == 0 {
		fmt.Fprintln(a.err, "no runs yet")
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tSCENARIO\tMODE\tRESULT\tSTARTED\tRTO\tMET")
	for _, l := range list {
		started, rto, met := "-", "-", "-"
		if !l.Started.IsZero() {
			started = l.Started.UTC().Format(time.DateTime)
		}
		if l.RTO.Known {
			rto = report.Duration(l.RTO.Duration)
		}
		if l.Met != nil {
			met = map[bool]string{true: "yes", false: "no"}[*l.Met]
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.RunID, orDash(l.Scenario), orDash(l.Mode), l.Result, started, rto, met)
	}
	return w.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
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
	runsFlag(cmd, &o.runs)
	return cmd
}

func orLatest(args []string) string {
	if len(args) == 0 {
		return "latest"
	}
	return args[0]
}
