package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/report/html"
	"github.com/drplan/drplan/report/period"
	"github.com/drplan/drplan/steps"
)

// periodFlags ask for a report over all runs of a time.
type periodFlags struct {
	quarter, since, until string
	keys                  []string
	cmd                   *cobra.Command
}

func (f *periodFlags) flags(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().StringVar(&f.quarter, "quarter", "", "report all runs that began in this quarter, such as 2026Q4 (UTC)")
	cmd.Flags().StringVar(&f.since, "since", "", "report all runs that began since a day (2026-07-01), a time (RFC 3339), or so long ago (90d)")
	cmd.Flags().StringVar(&f.until, "until", "", "with --since: to the end of this day, or to a time; without it today")
	cmd.Flags().StringArrayVar(&f.keys, "key", nil, "with --quarter, --since or several runs: a public key that is trusted, to check their signatures; may be repeated")
}

// given asks for a flag and not for its value: an empty one is wrong, and not none. A
// command that has none of them reports one run.
func (f *periodFlags) given(flag string) bool { return f.cmd != nil && f.cmd.Flags().Changed(flag) }

func (f *periodFlags) any() bool { return f.given("quarter") || f.given("since") || f.given("until") }

// span is the time that is asked for.
func (f *periodFlags) span(now time.Time) (period.Span, error) {
	switch {
	case f.given("quarter") && (f.given("since") || f.given("until")):
		return period.Span{}, usagef("--quarter does not go with --since and --until")
	case f.given("quarter"):
		s, err := period.Quarter(f.quarter)
		if err != nil {
			return s, usage(fmt.Errorf("--quarter: %w", err), "")
		}
		return s, nil
	case !f.given("since"):
		return period.Span{}, usagef("--until goes with --since")
	}
	from, err := since(f.since, now)
	if err != nil {
		return period.Span{}, err
	}
	until := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1) // the end of today
	if f.given("until") {
		if until, err = timeText("--until", f.until, true); err != nil {
			return period.Span{}, err
		}
	}
	if !from.Before(until) {
		return period.Span{}, usagef("the time from %s to %s is empty", from.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339))
	}
	return period.Between(from, until), nil
}

func since(text string, now time.Time) (time.Time, error) {
	if at, err := timeText("--since", text, false); err == nil {
		return at, nil
	}
	ago, err := steps.ParseDuration(text)
	if err != nil || ago <= 0 {
		return time.Time{}, usagef("--since is a day (2026-07-01), a time (2026-07-01T09:00:00Z) or so long ago (90d), not %q", text)
	}
	return now.Add(-ago).UTC().Truncate(24 * time.Hour), nil // whole days: the same report all day long
}

// timeText reads a day, or a time. A day is its beginning, or its end.
func timeText(flag, text string, end bool) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		if end {
			day = day.AddDate(0, 0, 1)
		}
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usagef("%s is a day (2026-07-01) or a time (2026-07-01T09:00:00Z), not %q", flag, text)
	}
	return at, nil
}

// reportMany reports over all runs of a time, or over those that were named.
func (a *app) reportMany(args []string, o reportOptions) error {
	switch {
	case o.bundle != "":
		return usagef("--bundle packs one run: it does not go with --quarter, --since or several runs")
	case o.signKey != "":
		return usagef("--sign-key goes with --bundle: a run is signed by drplan runs sign")
	case o.period.any() && len(args) > 1:
		return usagef("--quarter and --since take one plan at most, not %d: %s", len(args), strings.Join(args, " "))
	}
	write, err := a.periodWriter(o.output)
	if err != nil {
		return err
	}
	r, err := a.manyReport(args, o, time.Now())
	if err != nil {
		return err
	}
	if err := a.writeTo(o.file, func(w io.Writer) error { return write(w, r) }); err != nil {
		return err
	}
	if faults := r.Faults(o.requireMeasured); o.gate && len(faults) > 0 {
		fmt.Fprintf(a.err, "drplan: %s: %s\n", r.Period.Name, strings.Join(faults, ", "))
		return exitWith(exitBad)
	}
	return nil
}

func (a *app) manyReport(args []string, o reportOptions, now time.Time) (*period.Report, error) {
	if !o.period.any() {
		return a.chosenReport(o, args, now)
	}
	span, err := o.period.span(now)
	if err != nil {
		return nil, err
	}
	return a.periodReport(args, o, span, now)
}

// periodFormats are those of one run, but for traces.
var periodFormats = []string{"terminal", "json", "markdown", "html", "junit", "csv"}

func (a *app) periodWriter(format string) (func(io.Writer, *period.Report) error, error) {
	switch format {
	case "json":
		return period.JSON, nil
	case "markdown":
		return period.Markdown, nil
	case "csv":
		return period.CSV, nil
	case "junit":
		return period.JUnit, nil
	case "html":
		return html.Period, nil
	case "terminal", "text":
		return func(w io.Writer, r *period.Report) error {
			return period.Terminal(w, r, a.terminalOptions(false).Width)
		}, nil
	}
	return nil, usagef("-o is one of %s, not %q", strings.Join(periodFormats, ", "), format)
}
