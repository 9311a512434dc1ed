package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/findings"
	"github.com/drplan/drplan/steps"
)

func (a *app) findingsCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "findings",
		Short: "Keep what people found in runs, and what becomes of it",
		Long: `Keep corrective actions in findings.yaml beside the runs, until they are closed. Reports
of a run and of a quarter show them. The file may be edited by hand: it is read strictly,
and a change by these commands keeps its comments.`,
	})
	cmd.AddCommand(a.findingsAddCommand(), a.findingsListCommand(), a.findingsShowCommand(), a.findingsEditCommand(), a.findingsCloseCommand(), a.findingsReopenCommand())
	return cmd
}

// findingFlags are a finding's fields, as flags.
type findingFlags struct {
	runs                       string
	title, run, step, severity string
	owner, due, note           string
	noRun, elsewhere           bool
}

func (f *findingFlags) flags(cmd *cobra.Command) {
	runsFlag(cmd, &f.runs)
	fs := cmd.Flags()
	fs.StringVar(&f.run, "run", "", "the run that it was found in: an id, the beginning of one, or latest")
	fs.BoolVar(&f.noRun, "no-run", false, "it was found in no single run")
	fs.BoolVar(&f.elsewhere, "elsewhere", false, "the run need not be in this folder; --run is then its whole id")
	fs.StringVar(&f.step, "step", "", "the step that it is about")
	fs.StringVar(&f.severity, "severity", "", strings.Join(findings.Severities, ", "))
	fs.StringVar(&f.owner, "owner", "", "who sees to it")
	fs.StringVar(&f.due, "due", "", "by when: a day (2026-12-31) or in how long (30d)")
	fs.StringVar(&f.note, "note", "", "whatever else is worth knowing")
	complete(cmd, "severity", words(findings.Severities...))
}

func (a *app) findingsAddCommand() *cobra.Command {
	var f findingFlags
	cmd := &cobra.Command{
		Use:     "add TITLE",
		Short:   "Write a finding down; prints its id",
		Example: `  drplan findings add "The restore needs a longer timeout" --run latest --step restore --severity high --owner ann --due 30d`,
		Args:    exactly("TITLE"),
		RunE: func(_ *cobra.Command, args []string) error {
			f.title = args[0]
			return a.addFinding(f)
		},
	}
	f.flags(cmd)
	return cmd
}

func (a *app) addFinding(f findingFlags) error {
	if f.run == "" && !f.noRun {
		return usagef("say with --run in which run it was found, such as --run latest; or --no-run")
	}
	now := time.Now()
	out := report.Finding{Title: strings.TrimSpace(f.title), Severity: f.severity, Owner: f.owner, Note: f.note}
	if out.Title == "" {
		return usagef("a finding needs a title")
	}
	if err := f.fill(&out, now); err != nil {
		return err
	}
	folder, err := runsFolder(f.runs)
	if err != nil {
		return err
	}
	id := ""
	err = findings.Change(folder, now, func(b *findings.Book) (err error) {
		id, err = b.Add(out)
		return err
	})
	if err != nil {
		return findingsFault(err)
	}
	_, err = fmt.Fprintln(a.out, id)
	return err
}

// fill checks run, step, severity and due, and puts them in.
func (f *findingFlags) fill(out *report.Finding, now time.Time) (err error) {
	switch {
	case f.noRun && (f.run != "" || f.elsewhere):
		return usagef("--no-run does not go with --run or --elsewhere")
	case f.severity != "" && !slices.Contains(findings.Severities, f.severity):
		return usagef("--severity is one of %s, not %q", strings.Join(findings.Severities, ", "), f.severity)
	case f.noRun:
		out.Run = ""
	}
	if f.due != "" {
		if out.Due, err = dueDay(f.due, now); err != nil {
			return err
		}
	}
	if f.run == "" {
		out.Step = cmp.Or(f.step, out.Step)
		return nil
	}
	out.Run, out.Step = f.run, cmp.Or(f.step, out.Step)
	if f.elsewhere {
		return nil
	}
	r, err := findRun(f.runs, f.run)
	if err != nil {
		f := asFault(err)
		return &fault{code: f.code, err: f.err, hint: strings.TrimPrefix(f.hint+"; or --elsewhere, where the run is not in this folder", "; ")}
	}
	if out.Run = r.id; f.step == "" {
		return nil
	}
	if _, _, err = r.instance(f.step); err != nil {
		return usage(asFault(err).err, "its steps are in the report: drplan report "+r.id)
	}
	return nil
}

func dueDay(text string, now time.Time) (report.Day, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return report.Day{Time: day}, nil
	}
	d, err := steps.ParseDuration(text)
	if err != nil || d <= 0 {
		return report.Day{}, usagef("--due is a day (2026-12-31) or in how long (30d), not %q", text)
	}
	return report.DayOf(now.Add(d)), nil
}

func (a *app) findingsEditCommand() *cobra.Command {
	var f findingFlags
	cmd := &cobra.Command{
		Use:               "edit ID",
		Short:             "Change a finding: only what is given",
		Example:           "  drplan findings edit F-1 --owner ben --due 2026-12-31",
		Args:              exactly("ID"),
		ValidArgsFunction: completeFindings,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !anyChanged(cmd, "runs") {
				return usagef("say what to change: --title, --owner, --due, --severity, --note, --step, --run")
			}
			return a.editFinding(args[0], f, cmd.Flags().Changed)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.title, "title", "", "what was found")
	return cmd
}

// anyChanged reports whether a flag was given, but for one.
func anyChanged(cmd *cobra.Command, but string) (any bool) {
	cmd.Flags().Visit(func(f *pflag.Flag) { any = any || f.Name != but })
	return any
}

func (a *app) editFinding(id string, f findingFlags, given func(string) bool) error {
	now := time.Now()
	return a.changeFinding(f.runs, id, func(b *findings.Book) error {
		var bad error
		err := b.Edit(id, func(out *report.Finding) {
			for name, p := range map[string]*string{"title": &out.Title, "severity": &out.Severity, "owner": &out.Owner, "note": &out.Note, "step": &out.Step} {
				if given(name) {
					*p = map[string]string{"title": f.title, "severity": f.severity, "owner": f.owner, "note": f.note, "step": f.step}[name]
				}
			}
			if given("due") && f.due == "" {
				out.Due = report.Day{}
			}
			if f.step != "" && f.run == "" && !f.noRun && !f.elsewhere {
				f.run = out.Run // the step is one of this run
			}
			bad = f.fill(out, now)
		})
		return errors.Join(err, bad)
	})
}

func (a *app) findingsCloseCommand() *cobra.Command {
	var runs, how string
	cmd := &cobra.Command{
		Use:               "close ID",
		Short:             "Close a finding, and say how",
		Example:           `  drplan findings close F-1 --resolution "the timeout is 30m since plan 1.4"`,
		Args:              exactly("ID"),
		ValidArgsFunction: completeFindings,
		RunE: func(_ *cobra.Command, args []string) error {
			if strings.TrimSpace(how) == "" {
				return usagef("say with --resolution how it was closed")
			}
			return a.changeFinding(runs, args[0], func(b *findings.Book) error { return b.Close(args[0], how) })
		},
	}
	runsFlag(cmd, &runs)
	cmd.Flags().StringVar(&how, "resolution", "", "how it was closed")
	return cmd
}

func (a *app) findingsReopenCommand() *cobra.Command {
	var runs, reason string
	cmd := &cobra.Command{
		Use:               "reopen ID",
		Short:             "Open a closed finding again",
		Long:              "Open a closed finding again. When and how it had been closed stays in its note.",
		Example:           `  drplan findings reopen F-1 --reason "it failed again"`,
		Args:              exactly("ID"),
		ValidArgsFunction: completeFindings,
		RunE: func(_ *cobra.Command, args []string) error {
			return a.changeFinding(runs, args[0], func(b *findings.Book) error { return b.Reopen(args[0], reason) })
		},
	}
	runsFlag(cmd, &runs)
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	return cmd
}

// changeFinding changes one, and prints it as it is then.
func (a *app) changeFinding(runs, id string, change func(*findings.Book) error) error {
	folder, err := runsFolder(runs)
	if err != nil {
		return err
	}
	if err := findings.Change(folder, time.Now(), change); err != nil {
		return findingsFault(err)
	}
	f, err := findingOf(runs, id)
	if err != nil {
		return err
	}
	return a.findingText(f)
}

// findingOf is one finding, by its id.
func findingOf(runs, id string) (report.Finding, error) {
	all, err := findingsBeside(runs)
	if err != nil {
		return report.Finding{}, err
	}
	var known []string
	for _, f := range all {
		if strings.EqualFold(f.ID, id) {
			return f, nil
		}
		known = append(known, f.ID)
	}
	return report.Finding{}, findingsFault(&findings.NoFindingError{ID: id, Known: known})
}

// findingsBeside are those beside the runs that --runs names. A mirror has none.
func findingsBeside(runs string) ([]report.Finding, error) {
	folder, err := runsFolder(runs)
	if err != nil {
		return nil, err
	}
	return readFindings(folder)
}

// readFindings reads the findings beside the runs.
func readFindings(folder string) ([]report.Finding, error) {
	all, err := findings.Read(folder, time.Now())
	if err != nil {
		return nil, findingsFault(err)
	}
	return all, nil
}

// findingsFault gives an error of the file its exit code, and says what to do.
func findingsFault(err error) error {
	var none *findings.NoFindingError
	var state *findings.StateError
	var wrong *findings.Error
	switch {
	case errors.As(err, &none) && len(none.Known) == 0:
		return usage(err, "there are no findings yet: drplan findings add writes one down")
	case errors.As(err, &none):
		return usage(err, "there are "+strings.Join(none.Known[max(len(none.Known)-5, 0):], ", "))
	case errors.As(err, &state):
		return usage(err, "")
	case errors.As(err, &wrong):
		return cannot(err, "mend the file by hand; nothing was changed in it")
	}
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	return cannot(err, "")
}
