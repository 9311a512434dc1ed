package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/store"
)

// listed is a run in a list. RTO and RPO are null where they were not measured.
type listed struct {
	RunID    string         `json:"run_id"`
	Scenario string         `json:"scenario"`
	Mode     string         `json:"mode"`
	Result   string         `json:"result"`
	Started  report.Instant `json:"started_at"`
	RTO      report.Seconds `json:"rto_seconds"`
	Met      *bool          `json:"rto_met"`
	// Estimated: simulated waits are in the RTO. Bound: it is a lower bound.
	Estimated bool           `json:"rto_estimated"`
	Bound     bool           `json:"rto_lower_bound"`
	RPO       report.Seconds `json:"rpo_seconds"`
	RPOMet    *bool          `json:"rpo_met"`
	Title     string         `json:"title,omitempty"`
	Plan      string         `json:"plan,omitempty"`
	Digest    string         `json:"plan_sha256,omitempty"`
	Error     string         `json:"error,omitempty"` // why its journal cannot be read, or what is known of one that is not there; of one that failed, what did

	sign string // before the RTO, for people
}

func (a *app) runsListCommand() *cobra.Command {
	var runs, output, mirror string
	var f runFilter
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs, newest first, and those that are missing",
		Long: `List runs, newest first: those of a folder, or of a mirror (--runs s3://bucket/prefix).
Runs that were begun and are not there are listed as missing, or, where somebody has said
where they are, as archived (drplan runs account). Filters narrow the list; all of them
must hold.`,
		Example: "  drplan runs list --scenario accidental_deletion --since '90 days'\n  drplan runs list --missed -o csv",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := f.check(time.Now()); err != nil {
				return err
			}
			write := map[string]func([]listed) error{
				"text": a.listText, "csv": a.listCSV, "json": func(l []listed) error { return writeJSON(a.out, l) },
			}[output]
			if write == nil {
				return usagef("-o is text, json or csv, not %q", output)
			}
			list, err := a.listRuns(runs, mirror, &f)
			if err != nil {
				return err
			}
			return write(list)
		},
	}
	storeFlag(cmd, &runs)
	f.flags(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json, csv")
	cmd.Flags().StringVar(&mirror, "mirror", "", "also ask the mirror, as s3://bucket/prefix, which runs were begun")
	complete(cmd, "output", words("text", "json", "csv"))
	return cmd
}

// listRuns lists the runs that are there, and those that were begun and are not.
func (a *app) listRuns(runs, mirror string, f *runFilter) ([]listed, error) {
	s, ids, err := runsLeftOf(runs, mirror != "")
	if err != nil {
		return nil, err
	}
	lost, err := a.lost(s, ids, mirror)
	if err != nil {
		return nil, err
	}
	list, hidden := []listed{}, 0
	take := func(l listed) (more bool) {
		switch {
		case f.passes(l):
			list = append(list, l)
		case l.Started.IsZero() && f.may(l.RunID) && len(f.results) == 0:
			hidden++
		}
		return f.limit == 0 || len(list) < f.limit
	}
	a.merge(s, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !f.may(id) }), lost, take)
	if hidden > 0 {
		fmt.Fprintf(a.err, "note: %s cannot be read or %s not there, so nobody can tell whether the filter fits; see them with --result unreadable,missing,archived\n", count(hidden, "run"), isAre(hidden))
	}
	return list, nil
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// merge hands out runs and those that are lost, newest first, until take has enough.
func (a *app) merge(s store.Store, ids []string, lost []listed, take func(listed) bool) {
	for one := range store.Runs(context.Background(), s, ids) {
		for len(lost) > 0 && lost[0].RunID > one.ID {
			if !take(lost[0]) {
				return
			}
			lost = lost[1:]
		}
		if !take(listRun(one)) {
			return
		}
	}
	for _, l := range lost {
		if !take(l) {
			return
		}
	}
}

// lost are the runs that were begun and are not there, newest first. What else the
// register and the runs do not agree on is told.
func (a *app) lost(s store.Store, ids []string, mirror string) ([]listed, error) {
	missing, err := gapsIn(s, ids, false)
	if err == nil && mirror != "" {
		var more []register.Gap
		more, err = mirrorGaps(mirror, ids)
		missing = append(missing, more...)
	}
	missing = a.explained(s, missing)
	var out []listed
	known := map[string]bool{}
	for _, id := range ids {
		known[id] = true
	}
	for _, g := range missing {
		switch {
		case !g.Missing && g.Account == nil:
			fmt.Fprintf(a.err, "warning: %s\n", gapText(g))
		case g.Missing && !known[g.Run]:
			known[g.Run] = true
			l := listed{RunID: g.Run, Result: resultMissing, Error: g.Text}
			if g.Account != nil {
				l.Result, l.Error = resultArchived, g.Account.Says()
			}
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b listed) int { return strings.Compare(b.RunID, a.RunID) })
	return out, err
}

func listRun(one store.One[*report.Run]) listed {
	if one.Err != nil {
		return listed{RunID: one.ID, Result: string(report.Unreadable), Error: goneRun(one.Err).Error()}
	}
	s := report.Summarize(one.Value)
	l := listHeader(one.ID, one.Value.Header)
	l.Result, l.RTO, l.Met, l.RPO, l.RPOMet = string(s.Result), s.RTO.Actual, s.RTO.Met, s.RPO.Actual, s.RPO.Met
	l.Estimated, l.Bound, l.sign = s.RTO.Estimated, s.RTO.LowerBound, s.RTO.Sign()
	l.Plan, l.Digest = s.Plan.Path, s.Plan.SHA256
	if len(s.RootCauses) > 0 {
		l.Error = s.RootCauses[0].Step + " " + report.StatusWord(s.RootCauses[0].Status) + ": " + s.RootCauses[0].Error
	}
	return l
}

func listHeader(id string, h engine.Header) listed {
	return listed{
		RunID: id, Scenario: h.Scenario, Mode: string(h.Mode), Started: report.Instant{Time: h.Started.UTC()},
		Title: h.Title, Plan: h.Plan.Path, Digest: h.Plan.SHA256,
	}
}

// headed lists runs by their headers alone; those that cannot be read are left out.
func headed(s store.Store, ids []string) []listed {
	var out []listed
	for one := range store.Headers(context.Background(), s, ids) {
		if one.Err == nil {
			out = append(out, listHeader(one.ID, one.Value))
		}
	}
	return out
}
