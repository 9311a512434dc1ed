package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/plans"
)

// lintFlags are those of `drplan lint`.
type lintFlags struct {
	output, severity, config, runs, base string
	rules                                []string
	explain, markdown, fix, yes          bool
}

func (a *app) lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint [PLAN…]",
		Short: "Judge plans: objectives, drills, procedures, known pitfalls, safety",
		Long: `Judge plans: all that drplan validate finds, and what a reviewer should know who asks
whether the plan can keep its promise. Nothing is contacted. PLAN is a file, a folder
(its YAML files, at any depth), a pattern such as 'plans/**/*.yaml' in quotes, or - for
stdin. YAML that is no plan is passed over with a note.

A finding is suppressed on its line, or on the line above, with its reason:

  # drplan:ignore backup-frequency -- its own replication carries the last six hours

.drplan.yaml, in the plan's folder or above it, sets severities and options; its schema
is printed by drplan schema --config.

Exits 1 on a finding of severity error or warning, and 3 where a plan could not be read;
the others are judged all the same.`,
		Example: "  drplan lint\n  drplan lint -o github plans/\n  drplan lint --explain backup-frequency\n  drplan lint --fix",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if f.explain {
				return lint.IDs(), cobra.ShellCompDirectiveNoFileComp
			}
			return completePlans(cmd, args, word)
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.lint(f, args) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "text", strings.Join(lintFormats(), ", "))
	flags.StringVar(&f.severity, "severity", plans.SeverityInfo, "the least that is shown: error, warning, info")
	flags.StringSliceVar(&f.rules, "rule", nil, "only this rule; may be repeated")
	flags.StringVar(&f.config, "config", "", "the configuration (default: "+lint.ConfigName+", looked for from the plan's folder upwards)")
	flags.StringVar(&f.runs, "runs", "", "a folder of runs, or their mirror as s3://bucket/prefix: finds what changed in the plan since its last drills, and what will probably miss its RTO")
	flags.StringVar(&f.base, "base", "", "with -o markdown: a folder with the plans as they were, to say what the change does")
	flags.BoolVar(&f.explain, "explain", false, "say what a rule is about; without a rule, list them")
	flags.BoolVar(&f.markdown, "markdown", false, "with --explain: all rules as a page of Markdown")
	flags.BoolVar(&f.fix, "fix", false, "show as a diff what can safely be mended, ask, and mend it")
	flags.BoolVar(&f.yes, "yes", false, "with --fix: do not ask")
	complete(cmd, "output", words(lintFormats()...))
	complete(cmd, "severity", words(plans.SeverityError, plans.SeverityWarning, plans.SeverityInfo))
	complete(cmd, "rule", words(lint.IDs()...))
	return cmd
}

// lintFormats are those of findings, and a summary for people.
func lintFormats() []string { return append(formatNames(findingFormats), "markdown") }

func (f *lintFlags) check() error {
	if !slices.Contains(lintFormats(), f.output) {
		return usagef("-o is one of %s, not %q", strings.Join(lintFormats(), ", "), f.output)
	}
	if f.least() < 0 {
		return usagef("--severity is error, warning or info, not %q", f.severity)
	}
	for _, id := range f.rules {
		if _, ours := lint.Find(id); !ours && !slices.Contains(plans.Rules, id) {
			return usage(fmt.Errorf("there is no rule %q", id), "drplan lint --explain lists them")
		}
	}
	switch {
	case f.yes && !f.fix:
		return usagef("--yes goes with --fix")
	case f.markdown:
		return usagef("--markdown goes with --explain; for findings it is -o markdown")
	case f.base != "" && f.output != "markdown":
		return usagef("--base goes with -o markdown")
	case f.fix && f.output != "text":
		return usagef("--fix shows a diff: it goes with -o text")
	}
	return nil
}

// bySeverity are the severities, the worst first.
var bySeverity = []string{plans.SeverityError, plans.SeverityWarning, plans.SeverityInfo}

func (f *lintFlags) least() int { return slices.Index(bySeverity, f.severity) }

func (a *app) lint(f lintFlags, args []string) error {
	if f.explain {
		return a.explainRules(f, args)
	}
	if err := f.check(); err != nil {
		return err
	}
	paths, err := a.planFiles(args)
	if err != nil {
		return err
	}
	all, err := a.judge(f, paths, len(args) > 0)
	if err != nil {
		return err
	}
	if f.fix {
		return a.fix(f, all)
	}
	return a.tellFindings(f, all)
}

// linted is a plan that was judged.
type linted struct {
	checked
	found  []lint.Found
	past   lint.History
	passed string // why it was passed over
	bad    error  // of a configuration or a runs folder: nothing can be said
}

// judge lints the plans, several at one time. Named says that people named files:
// those of them that are no plans are passed over.
func (a *app) judge(f lintFlags, paths []string, named bool) ([]linted, error) {
	out := make([]linted, len(paths))
	l := lint.Linter{Registry: registry(), Now: time.Now(), Only: f.rules}
	configs := &configs{flag: f.config}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, path := range paths {
		g.Go(func() error {
			out[i] = a.judgeOne(l, configs, f, path, named)
			return nil
		})
	}
	_ = g.Wait() // what is wrong stands with the plan
	for _, one := range out {
		if one.bad != nil {
			return nil, one.bad
		}
		if one.passed != "" {
			fmt.Fprintf(a.err, "note: %s: %s\n", plans.OneLine(one.path), one.passed)
		}
	}
	return slices.DeleteFunc(out, func(l linted) bool { return l.passed != "" }), nil
}

func (a *app) judgeOne(l lint.Linter, configs *configs, f lintFlags, path string, named bool) linted {
	data, err := a.readPlan(path)
	if err != nil {
		return linted{checked: unreadable(path, err)}
	}
	if named && path != "-" && !isPlan(data) {
		return linted{checked: checked{path: path}, passed: "passed over: no plan, for it has no key disaster_recovery_plan"}
	}
	cfg, err := configs.of(path)
	if err != nil {
		return linted{bad: err}
	}
	if path == "-" {
		path = "stdin"
	}
	doc, err := plans.Load(path, data)
	if doc == nil {
		var findings plans.Findings
		if !errors.As(err, &findings) {
			return linted{bad: err}
		}
		return linted{checked: checked{path: path, findings: findings}}
	}
	history, err := a.historyOf(doc, f.runs)
	if err != nil {
		return linted{bad: err}
	}
	out := linted{checked: checked{path: path, doc: doc}, past: history}
	for _, one := range l.Lint(doc, cfg, history) {
		if slices.Index(bySeverity, one.Severity) <= f.least() {
			out.found = append(out.found, one)
			out.findings = append(out.findings, one.Finding)
		}
	}
	return out
}

// tellFindings writes what was found, and is the exit code.
func (a *app) tellFindings(f lintFlags, all []linted) error {
	var err error
	if f.output == "markdown" {
		err = a.writeSummary(f, all)
	} else {
		list := make([]checked, len(all))
		for i, one := range all {
			list[i] = one.checked
		}
		err = findingFormats[f.output](a.out, list)
	}
	if err != nil {
		return err
	}
	var unread *fault
	bad := false
	for _, one := range all {
		if one.unread != nil {
			unread = unread.and(one.unread)
			continue
		}
		bad = bad || slices.ContainsFunc(one.findings, func(f plans.Finding) bool { return f.Severity != plans.SeverityInfo })
	}
	switch {
	case unread != nil:
		return unread
	case bad:
		return exitWith(exitBad)
	}
	return nil
}
