package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/steps"
)

// runFilter says which runs are asked for; what is empty asks for all.
type runFilter struct {
	scenario, plan, mode string
	results              []string
	since, until         string
	limit                int
	missed               bool

	from, to time.Time
}

// The results of runs that cannot be read.
const (
	resultMissing  = "missing"  // it was begun, and is not there
	resultArchived = "archived" // it is elsewhere, as somebody has said
)

var results = []string{
	string(report.Succeeded), string(report.Failed), string(report.Cancelled), string(report.Refused), string(report.Running),
	string(report.Interrupted), string(report.InDoubt), string(report.Unreadable), resultMissing, resultArchived,
}

func (f *runFilter) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.scenario, "scenario", "", "only runs of this drill or procedure: its id, or its name")
	flags.StringVar(&f.plan, "plan", "", "only runs of this plan: its file, the end of its path, or the beginning of its SHA-256")
	flags.StringVar(&f.mode, "mode", "", "only drills, or recoveries: drill, recovery")
	flags.StringSliceVar(&f.results, "result", nil, "only runs with this result: "+strings.Join(results, ", ")+"; several with commas")
	flags.StringVar(&f.since, "since", "", "only runs begun then or later: 2026-10-01, '2026-10-01 09:30', RFC 3339, or an age such as 90 days")
	flags.StringVar(&f.until, "until", "", "only runs begun before the end of that day, or before that time")
	flags.IntVar(&f.limit, "limit", 0, "at most so many, the newest")
	flags.BoolVar(&f.missed, "missed", false, "only runs that missed their RTO or their RPO")
	complete(cmd, "scenario", completeRecorded(func(l listed) string { return l.Scenario }))
	complete(cmd, "plan", completeRecorded(func(l listed) string { return l.Plan }))
	complete(cmd, "mode", words(string(engine.ModeDrill), string(engine.ModeRecovery)))
	complete(cmd, "result", words(results...))
}

func (f *runFilter) check(now time.Time) (err error) {
	if f.mode != "" && f.mode != string(engine.ModeDrill) && f.mode != string(engine.ModeRecovery) {
		return usagef("--mode is drill or recovery, not %q", f.mode)
	}
	for _, r := range f.results {
		if !slices.Contains(results, r) {
			return usagef("--result is one of %s, not %q", strings.Join(results, ", "), r)
		}
	}
	if f.limit < 0 {
		return usagef("--limit is a number from 1 on")
	}
	if f.from, err = moment("since", f.since, now, false); err != nil {
		return err
	}
	if f.to, err = moment("until", f.until, now, true); err != nil {
		return err
	}
	if !f.from.IsZero() && !f.to.IsZero() && !f.from.Before(f.to) {
		return usagef("--since %s is not before --until %s", f.since, f.until)
	}
	return nil
}

// moment reads a time as people write it; a day is its beginning, or its end. An
// empty text is the zero time.
func moment(flag, text string, now time.Time, end bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return at, nil
		}
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		if end {
			day = day.AddDate(0, 0, 1)
		}
		return day, nil
	}
	if age, err := steps.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	return time.Time{}, usage(fmt.Errorf("--%s %q is no time", flag, text), "write 2026-10-01, '2026-10-01 09:30', 2026-10-01T09:30:00Z, or an age such as 90 days")
}

// longestStart is how long a run may wait for a person's confirmation between the
// time in its id and its beginning.
const longestStart = 24 * time.Hour

// may reports whether a run can pass, by the time in its id alone: so none is read
// for nothing. The journal decides.
func (f *runFilter) may(id string) bool {
	at, ok := timeInID(id)
	return !ok || (f.to.IsZero() || at.Before(f.to)) && (f.from.IsZero() || at.After(f.from.Add(-longestStart)))
}

func timeInID(id string) (time.Time, bool) {
	const layout = "20060102T150405Z"
	at, err := time.Parse(layout, id[:min(len(id), len(layout))])
	return at, err == nil
}

// bare reports whether nothing is asked but time and number.
func (f *runFilter) bare() bool {
	return f.scenario == "" && f.plan == "" && f.mode == "" && len(f.results) == 0 && !f.missed
}

// passes reports whether a run is asked for. Of one that cannot be read only its
// result is known, and the time in its id.
func (f *runFilter) passes(l listed) bool {
	if l.Started.IsZero() {
		return f.may(l.RunID) && (f.bare() || len(f.results) > 0 && slices.Contains(f.results, l.Result))
	}
	switch {
	case !f.from.IsZero() && l.Started.Before(f.from), !f.to.IsZero() && !l.Started.Before(f.to):
		return false
	case f.mode != "" && l.Mode != f.mode, len(f.results) > 0 && !slices.Contains(f.results, l.Result):
		return false
	case f.scenario != "" && f.scenario != l.Scenario && !sameName(f.scenario, l.Scenario) && !sameName(f.scenario, l.Title):
		return false
	case f.plan != "" && !f.ofPlan(l):
		return false
	}
	return !f.missed || l.Met != nil && !*l.Met || l.RPOMet != nil && !*l.RPOMet
}

func sameName(a, b string) bool { return plans.Slug(a) != "" && plans.Slug(a) == plans.Slug(b) }

// leastDigest is the least of a digest that counts as one: shorter is a file's name.
const leastDigest = 8

func (f *runFilter) ofPlan(l listed) bool {
	want, have := filepath.Clean(f.plan), filepath.Clean(l.Plan)
	return want == have || strings.HasSuffix(have, string(filepath.Separator)+want) ||
		len(f.plan) >= leastDigest && strings.HasPrefix(l.Digest, strings.ToLower(f.plan))
}

// completeRecorded completes a flag with what the newest runs have of it.
func completeRecorded(of func(listed) string) completer {
	const newest = 100
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		dir, _ := cmd.Flags().GetString("runs")
		s, ids, err := runsOf(dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		for _, l := range headed(s, ids[:min(len(ids), newest)]) {
			if word := of(l); word != "" && !slices.Contains(out, word) {
				out = append(out, word)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}
