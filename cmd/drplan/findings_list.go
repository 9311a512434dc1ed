package main

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/period"
)

// findingFilter chooses findings.
type findingFilter struct {
	runs, output          string
	open, closed, overdue bool
	owner, run, quarter   string
	gate                  bool
}

func (a *app) findingsListCommand() *cobra.Command {
	var o findingFilter
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List findings; with --gate exit 1 where there are any",
		Long: `List findings, in the order of the file. Filters may be combined: a finding has to fit
all of them. --quarter leaves those that were open in that quarter, or were closed in it.

Exits 0; with --gate 1 where one is listed: --overdue --gate fails a build for what is
past its day.`,
		Example: "  drplan findings list --open --owner ann\n  drplan findings list --overdue --gate",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.listFindings(o) },
	}
	runsFlag(cmd, &o.runs)
	f := cmd.Flags()
	f.BoolVar(&o.open, "open", false, "those that are open")
	f.BoolVar(&o.closed, "closed", false, "those that are closed")
	f.BoolVar(&o.overdue, "overdue", false, "those that are open and past their day")
	f.StringVar(&o.owner, "owner", "", "those of this owner")
	f.StringVar(&o.run, "run", "", "those of this run: an id, the beginning of one, or latest")
	f.StringVar(&o.quarter, "quarter", "", "those that were open or closed in this quarter, such as 2026Q4")
	f.StringVarP(&o.output, "output", "o", "text", "text, json, csv")
	f.BoolVar(&o.gate, "gate", false, "exit 1 where one is listed")
	complete(cmd, "output", words("text", "json", "csv"))
	return cmd
}

func (a *app) listFindings(o findingFilter) error {
	fits, err := o.fits()
	if err != nil {
		return err
	}
	all, err := findingsBeside(o.runs)
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(all, func(f report.Finding) bool { return !fits(f) })
	switch o.output {
	case "json":
		err = writeJSON(a.out, append([]report.Finding{}, list...))
	case "csv":
		err = a.findingsCSV(list)
	case "text":
		err = a.findingsTable(list)
	default:
		return usagef("-o is text, json or csv, not %q", o.output)
	}
	if err == nil && o.gate && len(list) > 0 {
		return exitWith(exitBad)
	}
	return err
}

func (o findingFilter) fits() (func(report.Finding) bool, error) {
	if o.closed && (o.open || o.overdue) {
		return nil, usagef("--closed does not go with --open or --overdue")
	}
	var span period.Span
	if o.quarter != "" {
		var err error
		if span, err = period.Quarter(o.quarter); err != nil {
			return nil, usage(fmt.Errorf("--quarter: %w", err), "")
		}
	}
	run := o.run
	if run == "latest" { // of others the beginning is enough, also where the run is elsewhere
		dir, err := runDir(o.runs, run)
		if err != nil {
			return nil, err
		}
		run = runIDOf(dir)
	}
	return func(f report.Finding) bool {
		closed := f.State == report.FindingClosed
		return (!o.open || !closed) && (!o.closed || closed) && (!o.overdue || f.Overdue) &&
			(o.owner == "" || f.Owner == o.owner) && (run == "" || strings.HasPrefix(f.Run, run)) &&
			(o.quarter == "" || period.FindingIn(f, span))
	}, nil
}

func (a *app) findingsTable(list []report.Finding) error {
	if len(list) == 0 {
		fmt.Fprintln(a.err, "no findings")
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tSEVERITY\tOWNER\tDUE\tRUN\tTITLE")
	for _, f := range list {
		cells := []string{f.ID, f.StateWord(), f.Severity, f.Owner, f.Due.String(), f.Run, f.Title}
		for i := range cells {
			cells[i] = orDash(report.Plain(cells[i]))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

func (a *app) findingsCSV(list []report.Finding) error {
	w := csv.NewWriter(a.out)
	lines := [][]string{{"id", "title", "run", "step", "severity", "owner", "due", "state", "overdue", "created", "closed", "resolution", "note"}}
	for _, f := range list {
		line := []string{f.ID, f.Title, f.Run, f.Step, f.Severity, f.Owner, f.Due.String(), f.State, fmt.Sprint(f.Overdue), f.Created.String(), f.Closed.String(), f.Resolution, f.Note}
		for i := range line {
			line[i] = report.CSVCell(line[i])
		}
		lines = append(lines, line)
	}
	return w.WriteAll(lines)
}

func (a *app) findingsShowCommand() *cobra.Command {
	var runs, output string
	cmd := &cobra.Command{
		Use:               "show ID",
		Short:             "Show a finding",
		Args:              exactly("ID"),
		ValidArgsFunction: completeFindings,
		RunE: func(_ *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return usagef("-o is text or json, not %q", output)
			}
			f, err := findingOf(runs, args[0])
			if err != nil {
				return err
			}
			if output == "json" {
				return writeJSON(a.out, f)
			}
			return a.findingText(f)
		},
	}
	runsFlag(cmd, &runs)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json")
	complete(cmd, "output", words("text", "json"))
	return cmd
}

func (a *app) findingText(f report.Finding) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\n", f.ID, report.Plain(f.Title))
	for _, l := range [][2]string{{"state", f.StateWord()}, {"resolution", f.Resolution}, {"severity", f.Severity}, {"owner", f.Owner}, {"due", f.Due.String()},
		{"run", f.Run}, {"step", f.Step}, {"created", f.Created.String()}, {"note", f.Note}} {
		if l[1] != "" {
			fmt.Fprintf(w, "  %s\t%s\n", l[0], report.Plain(l[1]))
		}
	}
	return w.Flush()
}

// findingsOf are the findings of one run; none where the folder has no file.
func findingsOf(folder, run string) ([]report.Finding, error) {
	all, err := readFindings(folder)
	return append([]report.Finding{}, slices.DeleteFunc(all, func(f report.Finding) bool { return f.Run != run })...), err
}
