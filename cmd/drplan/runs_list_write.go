package main

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/drplan/drplan/report"
)

func (a *app) listText(list []listed) error {
	if len(list) == 0 {
		fmt.Fprintln(a.err, "no runs")
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
			rto = l.sign + report.Duration(l.RTO.Duration)
		}
		if l.Met != nil {
			met = map[bool]string{true: "yes", false: "no"}[*l.Met]
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.RunID, orDash(report.Plain(l.Scenario)), orDash(l.Mode), l.Result, started, rto, met)
	}
	return w.Flush()
}

// listCSV writes what the JSON has; what is not known is empty.
func (a *app) listCSV(list []listed) error {
	w := csv.NewWriter(a.out)
	rows := [][]string{{"run_id", "scenario", "mode", "result", "started_at", "rto_seconds", "rto_met", "rpo_seconds", "rpo_met", "title", "plan", "plan_sha256", "error", "rto_estimated", "rto_lower_bound"}}
	for _, l := range list {
		started := ""
		if !l.Started.IsZero() {
			started = l.Started.UTC().Format(time.RFC3339Nano)
		}
		rows = append(rows, []string{
			l.RunID, report.Cell(l.Scenario), l.Mode, l.Result, started, secondsCell(l.RTO), boolCell(l.Met), secondsCell(l.RPO), boolCell(l.RPOMet),
			report.Cell(l.Title), report.Cell(l.Plan), l.Digest, report.Cell(l.Error),
			measuredCell(l, l.Estimated), measuredCell(l, l.Bound),
		})
	}
	return w.WriteAll(rows)
}

func secondsCell(s report.Seconds) string {
	if !s.Known {
		return ""
	}
	return strconv.FormatFloat(s.Seconds(), 'f', -1, 64)
}

// measuredCell is what is known of how an RTO was taken; empty where there is none.
func measuredCell(l listed, b bool) string {
	if !l.RTO.Known {
		return ""
	}
	return strconv.FormatBool(b)
}

func boolCell(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
