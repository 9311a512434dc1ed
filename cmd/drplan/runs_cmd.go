package main

import (
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/report"
)

func (a *app) runsCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "runs", Short: "List, show and verify runs"})
	cmd.AddCommand(a.runsListCommand(), a.runsShowCommand(), a.runsVerifyCommand())
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
	var dir, output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs, newest first",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			ids, err := listRuns(runsFolder(dir))
			if err != nil {
				return err
			}
			list := make([]listed, len(ids))
			for i, id := range ids {
				list[i] = listRun(dir, id)
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
	complete(cmd, "output", words("text", "json"))
	return cmd
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

func (a *app) runsVerifyCommand() *cobra.Command {
	var dir string
	var everything bool
	cmd := &cobra.Command{
		Use:   "verify [RUN]",
		Short: "Verify a run's journal: nothing changed, nothing missing, closed",
		Long: `Verify the hash chain of a run's journal, without RUN that of the newest. It never
writes. The fingerprint depends on every byte of the journal: keep it elsewhere,
and nobody can change the journal unseen.

Exits 1 where a journal is damaged, not closed or gone.`,
		Args:              oneAtMost,
		ValidArgsFunction: completeRuns(),
		RunE: func(_ *cobra.Command, args []string) error {
			dirs, err := a.verifyTargets(dir, args, everything)
			if err != nil {
				return err
			}
			return a.verify(dirs)
		},
	}
	runsFlag(cmd, &dir)
	cmd.Flags().BoolVar(&everything, "all", false, "every run in the folder")
	return cmd
}

func (a *app) verifyTargets(dir string, args []string, everything bool) ([]string, error) {
	if !everything {
		one, err := runDir(runsFolder(dir), orLatest(args))
		return []string{one}, err
	}
	if len(args) > 0 {
		return nil, usagef("name a run, or --all, not both")
	}
	ids, err := listRuns(runsFolder(dir))
	if err == nil && len(ids) == 0 {
		fmt.Fprintf(a.err, "there are no runs in %s: nothing was verified\n", runsFolder(dir))
	}
	for i, id := range ids {
		ids[i] = filepath.Join(runsFolder(dir), id)
	}
	return ids, err
}

func orLatest(args []string) string {
	if len(args) == 0 {
		return "latest"
	}
	return args[0]
}

func (a *app) verify(dirs []string) error {
	bad := false
	for _, dir := range dirs {
		if bereft(dir) {
			bad = true
			fmt.Fprintf(a.out, "%s: NO JOURNAL: it was deleted, or never copied here\n", filepath.Base(dir))
			continue
		}
		v, err := journal.Verify(dir, engine.IsClosing)
		if err != nil {
			return err
		}
		bad = bad || !v.OK()
		fmt.Fprintf(a.out, "%s: %s\n  records      %d (%d bytes)\n  fingerprint  %s\n", filepath.Base(dir), verdict(dir, v), v.Records, v.Bytes, orDash(v.Sum))
	}
	if bad {
		return exitWith(exitBad)
	}
	return nil
}

func verdict(dir string, v journal.Verification) string {
	switch {
	case v.Tail.Bytes > 0 && driven(dir): // a batch that is being written
		return "not closed: the run is going on"
	case v.Fault != nil && v.Tail.Bytes > 0:
		return "not closed: " + report.Torn(v)
	case v.Fault != nil:
		return fmt.Sprintf("DAMAGED at line %d, byte %d: %s", v.Fault.Line, v.Fault.Offset, v.Fault.Reason)
	case !v.Closed && driven(dir):
		return "not closed: the run is going on"
	case !v.Closed:
		return "not closed: drplan died, or the end of the file is missing"
	}
	return "intact and closed"
}
